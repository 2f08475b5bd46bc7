package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Asks for contracts, every version of each.
 *
 * @param event only this event's, or null for all
 */
public record ListSchemas(@Nullable String event) {}
