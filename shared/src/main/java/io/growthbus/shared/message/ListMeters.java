package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Asks for the definitions of meters.
 *
 * @param key only this one, or null for all
 */
public record ListMeters(@Nullable String key) {}
