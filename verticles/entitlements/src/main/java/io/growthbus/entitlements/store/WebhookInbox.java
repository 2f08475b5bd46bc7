package io.growthbus.entitlements.store;

import io.growthbus.shared.message.ListWebhooks;
import io.growthbus.shared.message.WebhookPage;
import io.vertx.core.Future;
import java.util.List;

/** What is shown of the deliveries of billing systems. */
public interface WebhookInbox {
  /**
   * Deliveries, newest first.
   *
   * @return fails with a {@link io.growthbus.shared.domain.RoomException} {@code invalid_cursor}
   *     when the cursor is none of ours, else with the error of PostgreSQL
   */
  Future<WebhookPage> list(ListWebhooks query);

  /** Ids of deliveries with an outcome, oldest first; fails with the error of PostgreSQL. */
  Future<List<String>> withOutcome(String provider, String outcome, int limit);
}
