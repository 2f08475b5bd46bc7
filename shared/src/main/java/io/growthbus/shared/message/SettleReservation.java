package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: say what became of something that is held. The same again is answered with the first
 * answer.
 *
 * @param confirmed true: it was used; false: it is given back
 * @param amount how much of it was used, 0 up to what is held; null for all of it
 */
public record SettleReservation(String reservationId, boolean confirmed, @Nullable Long amount) {}
