package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: take an override away.
 *
 * @param actor who orders it, for the history
 * @param expectedRevision revision that the override must have, or null for any
 */
public record DeleteOverride(
    OverrideSubject subject, String actor, @Nullable Long expectedRevision) {}
