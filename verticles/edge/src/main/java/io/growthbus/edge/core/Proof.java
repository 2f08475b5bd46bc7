package io.growthbus.edge.core;

/**
 * A proven user.
 *
 * @param expiresAtMs until when, ms since the epoch
 */
public record Proof(String userId, long expiresAtMs) {}
