package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Asks for the reasons for which events were refused.
 *
 * @param limit 1 to 1,000
 * @param after opaque cursor of an earlier page, or null for the first
 */
public record ListQuarantineGroups(int limit, @Nullable String after) {}
