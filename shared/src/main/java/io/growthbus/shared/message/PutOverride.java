package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: say what a user or an account may use, whatever the plan. The same again changes nothing.
 *
 * @param definition JSON text of an object
 * @param actor who orders it, for the history
 * @param expectedRevision revision that the override must have, 0 for none, or null for any
 */
public record PutOverride(
    OverrideSubject subject, String definition, String actor, @Nullable Long expectedRevision) {}
