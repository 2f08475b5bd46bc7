package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Asks for stored events, newest first.
 *
 * @param userId only this user, or null for all
 * @param name only this event name, or null for all
 * @param limit 1 to 1,000
 * @param before opaque cursor of an earlier page, or null for the newest
 */
public record ListEvents(
    @Nullable String userId, @Nullable String name, int limit, @Nullable String before) {}
