package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Asks a room for what it stores of a user.
 *
 * @param after {@code next} of the page before, null for the first page
 */
public record ExportUser(String userId, @Nullable String after) {}
