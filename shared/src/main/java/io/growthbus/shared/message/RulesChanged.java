package io.growthbus.shared.message;

/** Fact: the rules of activation have this revision now. */
public record RulesChanged(long revision) {}
