package io.growthbus.shared.message;

/** Fact: a prompt is committed and waits to be shown on the open pages of a user. */
public record PromptRaised(String userId, Prompt prompt) {}
