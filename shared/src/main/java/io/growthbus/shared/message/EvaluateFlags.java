package io.growthbus.shared.message;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks for several flags of one user.
 *
 * @param keys which flags, or null for all
 */
public record EvaluateFlags(
    @Nullable String userId,
    @Nullable Map<String, Object> attributes,
    @Nullable List<String> keys) {}
