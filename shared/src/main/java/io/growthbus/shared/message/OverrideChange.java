package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * What came of an order about an override.
 *
 * @param revision of the override, or of its end
 * @param changed false when it was so already
 * @param definition JSON text of the override after it, null when there is none
 */
public record OverrideChange(long revision, boolean changed, @Nullable String definition) {}
