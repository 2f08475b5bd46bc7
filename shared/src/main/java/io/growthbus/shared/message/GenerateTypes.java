package io.growthbus.shared.message;

/** Asks for TypeScript declarations of the latest version of each contract. */
public record GenerateTypes() {}
