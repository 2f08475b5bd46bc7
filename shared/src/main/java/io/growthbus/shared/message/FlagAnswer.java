package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Answer for one flag.
 *
 * @param value {@code true} or {@code false}
 * @param variant {@code on} or {@code off}, null for an unknown flag
 * @param reason {@code STATIC}, {@code TARGETING_MATCH}, {@code SPLIT}, {@code DISABLED}, or {@code
 *     FLAG_NOT_FOUND}
 * @param revision revision of the definitions that gave the answer
 */
public record FlagAnswer(boolean value, @Nullable String variant, String reason, long revision) {}
