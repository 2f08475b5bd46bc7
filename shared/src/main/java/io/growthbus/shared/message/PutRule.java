package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: define a rule of activation. The same again changes nothing.
 *
 * @param definition JSON text of an object, as in {@code growth.json}
 * @param expectedRevision revision that the rules must have, or null for any
 * @param actor who orders it, for the audit
 */
public record PutRule(
    String key, String definition, @Nullable Long expectedRevision, String actor) {}
