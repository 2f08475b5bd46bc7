package io.growthbus.shared.message;

/**
 * Declarations generated from the registry of contracts.
 *
 * @param revision revision of the registry that they are of
 * @param typescript text of a TypeScript module
 */
public record GeneratedTypes(long revision, String typescript) {}
