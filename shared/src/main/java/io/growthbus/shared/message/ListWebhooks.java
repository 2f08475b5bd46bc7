package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Asks for deliveries of billing systems, newest first.
 *
 * @param provider only of this one, or null
 * @param outcome only those with this outcome, or null
 * @param limit 1 to 1,000
 * @param before opaque cursor of an earlier page, or null for the newest
 */
public record ListWebhooks(
    @Nullable String provider, @Nullable String outcome, int limit, @Nullable String before) {}
