package io.growthbus.shared.message;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the values of several meters now.
 *
 * @param userId whose meters of users, or null
 * @param accountId whose meters of accounts, or null
 * @param meters keys, at most 200
 */
public record ReadUsages(
    @Nullable String userId, @Nullable String accountId, List<String> meters) {}
