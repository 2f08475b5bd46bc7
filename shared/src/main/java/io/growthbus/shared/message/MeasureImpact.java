package io.growthbus.shared.message;

/**
 * Asks how many known users a change of a flag would give another answer.
 *
 * @param key key of the flag
 * @param definition JSON text of an object: the definition that is proposed
 */
public record MeasureImpact(String key, String definition) {}
