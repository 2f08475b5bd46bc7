package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: define a meter. The same again changes nothing.
 *
 * @param definition JSON text of an object, as in {@code growth.json}; {@code "reset": true} lets
 *     go of what was counted under another definition
 * @param expectedRevision revision that the definitions must have, or null for any
 * @param actor who orders it, for the audit; null = an operator
 */
public record PutMeter(
    String key, String definition, @Nullable Long expectedRevision, @Nullable String actor) {

  /** An order of an operator. */
  public PutMeter(String key, String definition, @Nullable Long expectedRevision) {
    this(key, definition, expectedRevision, null);
  }
}
