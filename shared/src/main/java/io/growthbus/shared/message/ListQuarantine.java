package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Asks for kept events that were refused, newest first.
 *
 * @param limit 1 to 1,000
 * @param before opaque cursor of an earlier page, or null for the newest
 */
public record ListQuarantine(QuarantineSelector selector, int limit, @Nullable String before) {}
