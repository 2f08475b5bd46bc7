package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: make the definitions of flags those of a document, in one step.
 *
 * @param document JSON text in the form of {@code growth.json}; a list that it does not hold leaves
 *     the definitions of that kind alone
 * @param expectedRevision revision that the definitions must have, or null for any
 * @param dryRun whether nothing is changed
 * @param actor who orders it, for the audit
 */
public record ApplyDefinitions(
    String document, @Nullable Long expectedRevision, boolean dryRun, String actor) {}
