package io.growthbus.shared.message;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of deliveries, newest first.
 *
 * @param next cursor for the following page, null when this is the last
 */
public record WebhookPage(List<StoredWebhook> items, @Nullable String next) {}
