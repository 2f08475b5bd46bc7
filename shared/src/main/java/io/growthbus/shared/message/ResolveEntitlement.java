package io.growthbus.shared.message;

/** Asks what a user may use. */
public record ResolveEntitlement(String userId) {}
