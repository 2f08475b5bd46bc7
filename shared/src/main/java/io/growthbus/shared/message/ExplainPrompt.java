package io.growthbus.shared.message;

/**
 * Asks why a user was, or was not, shown the prompt of a rule.
 *
 * @param rule key of the rule
 */
public record ExplainPrompt(String userId, String rule) {}
