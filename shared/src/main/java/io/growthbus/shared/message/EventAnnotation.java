package io.growthbus.shared.message;

/**
 * A note that an event differs from its contract.
 *
 * @param code kind of the difference, a stable word in snake case
 * @param pointer JSON pointer inside the event
 */
public record EventAnnotation(String code, String pointer) {}
