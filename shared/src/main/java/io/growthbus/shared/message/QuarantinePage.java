package io.growthbus.shared.message;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of kept events that were refused, newest first.
 *
 * @param next cursor for the following page, null when this is the last
 */
public record QuarantinePage(List<QuarantinedEvent> items, @Nullable String next) {}
