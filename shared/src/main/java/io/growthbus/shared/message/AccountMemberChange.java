package io.growthbus.shared.message;

/**
 * What came of an order about a member.
 *
 * @param changed false when it was so already
 */
public record AccountMemberChange(boolean changed) {}
