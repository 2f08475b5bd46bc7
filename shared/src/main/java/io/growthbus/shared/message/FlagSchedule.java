package io.growthbus.shared.message;

import java.util.List;

/**
 * What is to happen to a flag, and what has happened by schedule.
 *
 * @param changes by time
 */
public record FlagSchedule(String key, List<ScheduledChange> changes) {}
