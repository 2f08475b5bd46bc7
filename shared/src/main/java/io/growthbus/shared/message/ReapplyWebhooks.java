package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Orders that deliveries are applied once more, by the configuration of now.
 *
 * @param provider name of the billing system
 * @param eventId one delivery, or null for all with the outcome
 * @param outcome of those that are meant; read when no delivery is named
 * @param limit how many at most, those first that were not tried for longest, 1 to 1,000
 */
public record ReapplyWebhooks(
    String provider, @Nullable String eventId, @Nullable String outcome, int limit) {}
