package io.growthbus.shared.message;

/**
 * Fact: a node acts by this revision of something that all nodes follow.
 *
 * @param node name of the node, another one after each start
 */
public record RevisionApplied(String node, long revision) {}
