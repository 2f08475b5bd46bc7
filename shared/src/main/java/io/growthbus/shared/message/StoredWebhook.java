package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * A delivery of a billing system as it is stored.
 *
 * @param type the provider's word for it
 * @param createdAtMs when it happened by the provider, ms since the epoch
 * @param receivedAtMs when it arrived, ms since the epoch
 * @param outcome {@code applied}, {@code superseded}, {@code unlinked}, {@code ignored}, {@code
 *     incomplete}, {@code unsupported} or {@code erased}
 * @param payload JSON text
 */
public record StoredWebhook(
    String provider,
    String eventId,
    String type,
    long createdAtMs,
    long receivedAtMs,
    @Nullable String subscriptionId,
    @Nullable String customerId,
    String outcome,
    String payload) {}
