package io.growthbus.shared.message;

/**
 * Order: a user is a member of an account, or is not. The same again changes nothing.
 *
 * @param member false to end it
 */
public record PutAccountMember(String accountId, String userId, boolean member) {}
