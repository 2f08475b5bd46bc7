package io.growthbus.shared.message;

/**
 * What became of something that was held.
 *
 * @param state {@code confirmed} or {@code released}
 * @param amount how much of it was used
 */
public record ReservationSettled(
    String reservationId, String userId, String feature, String state, long amount) {}
