package io.growthbus.shared.message;

/** Fact: the registry of contracts has this revision now. */
public record SchemasChanged(long revision) {}
