package io.growthbus.shared.message;

/**
 * Orders the erasure of a user in every room.
 *
 * @param userId 1 to 200 characters
 * @param suppress whether events of the user are not stored any more from now on; false lifts an
 *     earlier suppression
 */
public record EraseUser(String userId, boolean suppress) {}
