package io.growthbus.shared.message;

/**
 * Orders a comparison of the subscriptions with what the billing system says itself.
 *
 * @param provider name of the billing system
 */
public record StartReconciliation(String provider) {}
