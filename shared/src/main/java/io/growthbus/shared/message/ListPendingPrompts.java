package io.growthbus.shared.message;

/** Asks for the prompts that wait for a user. */
public record ListPendingPrompts(String userId) {}
