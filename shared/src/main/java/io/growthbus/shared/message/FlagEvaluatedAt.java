package io.growthbus.shared.message;

import io.growthbus.shared.flags.FlagDefinition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a flag answered, and by which definition.
 *
 * @param definition what was in force
 * @param source {@code file} or {@code api}
 * @param validFromMs since when, ms since the epoch
 * @param validToMs until when, exclusive; null = still
 * @param missingFacts facts of the server that the flag looks at and the question did not state,
 *     sorted
 */
public record FlagEvaluatedAt(
    FlagAnswer answer,
    FlagDefinition definition,
    String source,
    long validFromMs,
    @Nullable Long validToMs,
    List<String> missingFacts) {}
