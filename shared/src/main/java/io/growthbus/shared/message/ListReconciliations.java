package io.growthbus.shared.message;

/** Asks for the latest comparisons with billing systems. */
public record ListReconciliations() {}
