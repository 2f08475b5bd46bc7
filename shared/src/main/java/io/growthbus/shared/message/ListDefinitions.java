package io.growthbus.shared.message;

import io.growthbus.shared.flags.Definition;
import org.jspecify.annotations.Nullable;

/**
 * Asks for definitions of flags and what they share, as they are stored.
 *
 * @param kind only these, or null for all
 * @param key only this one, or null for all
 */
public record ListDefinitions(Definition.@Nullable Kind kind, @Nullable String key) {}
