package io.growthbus.shared.message;

/** Asks for the definitions as they are now. */
public record ReadFlagSet() {}
