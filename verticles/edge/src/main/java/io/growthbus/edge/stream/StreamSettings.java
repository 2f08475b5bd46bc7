package io.growthbus.edge.stream;

/**
 * Limits of event streams.
 *
 * @param perAddress open streams of one address
 * @param perNode open streams of this node
 */
public record StreamSettings(int perAddress, int perNode) {}
