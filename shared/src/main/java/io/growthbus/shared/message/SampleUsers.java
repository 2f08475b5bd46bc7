package io.growthbus.shared.message;

/**
 * Asks for some of the users whose events are stored.
 *
 * @param most how many, 1 to 10,000
 */
public record SampleUsers(int most) {}
