package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Refused events of one name, version and reason.
 *
 * @param event null when the events have no legible name
 * @param schemaVersion as sent; null when there is none
 * @param count how often it occurred, repetitions included
 * @param kept how many different events are kept
 * @param notKept how many of the occurrences are only counted
 * @param firstSeenMs ms since the epoch
 * @param lastSeenMs ms since the epoch
 * @param sample the newest one after scrubbing, as JSON text, at most its first 2,000 characters;
 *     null when none is kept
 */
public record QuarantineGroup(
    @Nullable String event,
    String code,
    String pointer,
    @Nullable String schemaVersion,
    long count,
    long kept,
    long notKept,
    long firstSeenMs,
    long lastSeenMs,
    @Nullable String sample) {}
