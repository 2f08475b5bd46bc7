package io.growthbus.shared.message;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of stored events, newest first.
 *
 * @param next cursor for the following page, null when this is the last
 */
public record EventPage(List<StoredEvent> items, @Nullable String next) {}
