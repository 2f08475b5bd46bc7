package io.growthbus.shared.message;

import io.growthbus.shared.flags.Definition;
import org.jspecify.annotations.Nullable;

/**
 * Order: remove a definition of an operator. One of {@code growth.json} under the same key applies
 * again then.
 *
 * @param expectedRevision revision that the definitions must have, or null for any
 * @param actor who orders it, for the audit
 */
public record DeleteDefinition(
    Definition.Kind kind, String key, @Nullable Long expectedRevision, String actor) {}
