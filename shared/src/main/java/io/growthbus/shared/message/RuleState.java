package io.growthbus.shared.message;

import io.growthbus.shared.message.DefinitionItem.Source;
import org.jspecify.annotations.Nullable;

/**
 * A rule of activation as it is stored.
 *
 * @param definition JSON text of an object, as in {@code growth.json}
 * @param source where it came from
 * @param updatedAtMs when it was changed last, ms since the epoch; null in the answer to a change
 */
public record RuleState(String key, String definition, Source source, @Nullable Long updatedAtMs) {}
