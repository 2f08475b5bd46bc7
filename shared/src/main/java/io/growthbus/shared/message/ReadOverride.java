package io.growthbus.shared.message;

/** Asks for the override of a user or an account. */
public record ReadOverride(OverrideSubject subject) {}
