package io.growthbus.shared.message;

/**
 * The state of a prompt after an acknowledgement.
 *
 * @param state {@code pending}, {@code shown}, {@code clicked}, {@code dismissed}, {@code snoozed},
 *     {@code expired}, {@code retracted} or {@code suppressed}
 */
public record PromptAcknowledged(String promptId, String state) {}
