package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: remove published versions of an event's contract.
 *
 * @param version only this one, or null for all
 * @param expectedRevision revision that the registry must have, or null for any
 */
public record DeleteSchema(
    String event, @Nullable String version, @Nullable Long expectedRevision) {}
