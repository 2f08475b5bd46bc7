package io.growthbus.shared.message;

import io.growthbus.shared.flags.Definition;
import org.jspecify.annotations.Nullable;

/**
 * Order: define a flag or what flags share. The same again changes nothing.
 *
 * @param definition JSON text of an object, as in {@code growth.json}
 * @param expectedRevision revision that the definitions must have, or null for any
 * @param actor who orders it, for the audit
 */
public record PutDefinition(
    Definition.Kind kind,
    String key,
    String definition,
    @Nullable Long expectedRevision,
    String actor) {}
