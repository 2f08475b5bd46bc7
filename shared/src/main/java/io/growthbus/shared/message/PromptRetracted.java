package io.growthbus.shared.message;

/**
 * Fact: a prompt must not be shown any more.
 *
 * @param reason {@code upgraded}, {@code expired} or {@code handled} (another page of the user
 *     dealt with it)
 */
public record PromptRetracted(String userId, String promptId, String reason) {}
