package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: remove a rule of an operator and take its open prompts back. One of {@code growth.json}
 * under the same key applies again then.
 *
 * @param expectedRevision revision that the rules must have, or null for any
 * @param actor who orders it, for the audit
 */
public record DeleteRule(String key, @Nullable Long expectedRevision, String actor) {}
