package io.growthbus.shared.message;

/** Fact: the subscriptions of a user were erased; caches drop what they know. */
public record UserForgotten(String userId) {}
