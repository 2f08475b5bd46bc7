package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Asks for the rules of activation, as they are stored.
 *
 * @param key only this one, or null for all
 */
public record ListRules(@Nullable String key) {}
