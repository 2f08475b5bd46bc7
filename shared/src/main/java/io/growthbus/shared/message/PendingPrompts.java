package io.growthbus.shared.message;

import java.util.List;

/** Prompts that wait for a user, most important first. */
public record PendingPrompts(List<Prompt> prompts) {}
