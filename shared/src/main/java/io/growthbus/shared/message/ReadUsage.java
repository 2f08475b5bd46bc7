package io.growthbus.shared.message;

/**
 * Asks for the value of a meter now.
 *
 * @param subject id of a user, or of an account for a meter of accounts
 * @param ofAccount whether the id is that of an account
 */
public record ReadUsage(String key, String subject, boolean ofAccount) {}
