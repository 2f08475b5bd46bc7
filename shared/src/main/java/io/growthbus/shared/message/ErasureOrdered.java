package io.growthbus.shared.message;

/**
 * Fact: a user is being erased; rooms erase, edges close the user's sockets. Told again with each
 * pass of a room.
 *
 * @param suppress whether events of the user are not stored any more
 */
public record ErasureOrdered(String orderId, String userId, boolean suppress) {}
