package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Asks whether a user may use something now. Nothing is used up by asking.
 *
 * @param feature key of a feature or of a limit; null when a meter is meant
 * @param meter key of a meter, whose count is held against the limit of that name; null when a
 *     feature is meant
 * @param amount how much is to be used, 0 or more; null is 1. Of a feature without a number it says
 *     nothing
 */
public record CheckEntitlement(
    String userId, @Nullable String feature, @Nullable String meter, @Nullable Long amount) {}
