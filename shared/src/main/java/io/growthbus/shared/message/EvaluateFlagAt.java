package io.growthbus.shared.message;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks what a flag would have answered at a moment in the past.
 *
 * @param attributes what was known of the user then, facts of the server included; may be null
 * @param atMs ms since the epoch
 */
public record EvaluateFlagAt(
    String key, @Nullable String userId, @Nullable Map<String, Object> attributes, long atMs) {}
