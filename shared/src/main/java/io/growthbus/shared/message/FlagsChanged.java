package io.growthbus.shared.message;

/** Fact: the definitions have this revision now. */
public record FlagsChanged(long revision) {}
