package io.growthbus.shared.message;

/** Fact: the entitlement of a user has this revision now. */
public record EntitlementChanged(String userId, long revision) {}
