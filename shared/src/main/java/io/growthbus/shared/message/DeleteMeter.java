package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: remove a meter that an operator has defined, with its counters.
 *
 * @param expectedRevision revision that the definitions must have, or null for any
 */
public record DeleteMeter(String key, @Nullable Long expectedRevision) {}
