package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * An upgrade prompt for one user.
 *
 * @param promptId UUID
 * @param rule key of the activation rule
 * @param event key of the meter
 * @param count committed count at the crossing
 * @param threshold the count that had to be reached
 * @param variant variant of the gate flag, or null without one
 * @param body text with its variables filled in
 * @param expiresAtMs after this it is not shown any more, ms since the epoch
 */
public record Prompt(
    String promptId,
    String rule,
    String event,
    long count,
    long threshold,
    @Nullable String variant,
    String title,
    String body,
    String ctaLabel,
    String ctaUrl,
    long expiresAtMs) {}
