package io.growthbus.shared.message;

/** Asks what a user has said about consent. */
public record ReadConsent(String userId) {}
