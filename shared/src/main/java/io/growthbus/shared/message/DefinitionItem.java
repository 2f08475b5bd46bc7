package io.growthbus.shared.message;

import io.growthbus.shared.flags.Definition;
import org.jspecify.annotations.Nullable;

/**
 * A definition as it is stored.
 *
 * @param definition JSON text of an object, as in {@code growth.json}
 * @param source where it came from
 * @param updatedAtMs when it was changed last, ms since the epoch; null in the answer to a change
 */
public record DefinitionItem(
    Definition.Kind kind,
    String key,
    String definition,
    Source source,
    @Nullable Long updatedAtMs) {

  /** Where a definition came from. */
  public enum Source {
    /** {@code growth.json}; it changes with the file. */
    FILE,
    /** An operator; the file does not touch it. */
    API
  }
}
