package io.growthbus.shared.message;

/**
 * Fact: events that say who belongs to which account are committed.
 *
 * @param events how many, 1 or more
 */
public record MembersNamed(int events) {}
