package io.growthbus.shared.message;

/** Asks for the scheduled changes of a flag. */
public record ReadSchedule(String key) {}
