package io.growthbus.shared.message;

/**
 * What came of an order to the registry of contracts.
 *
 * @param revision revision of the registry after it
 * @param changed false when the registry was so already
 */
public record SchemaChange(long revision, boolean changed) {}
