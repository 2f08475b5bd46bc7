package io.growthbus.shared.message;

/** Fact: the definitions of meters have this revision now. */
public record MetersChanged(int revision) {}
