package io.growthbus.entitlements.store;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.ListWebhooks;
import io.growthbus.shared.message.StoredWebhook;
import io.growthbus.shared.message.WebhookPage;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The webhook inbox in PostgreSQL. */
public final class PgWebhookInbox implements WebhookInbox {
  private static final String LIST =
      """
      SELECT provider, event_id, type, created_at, received_at, subscription_id, customer_id, outcome,
             payload::text AS payload
      FROM entitlements.webhook_inbox
      WHERE ($1::text IS NULL OR provider = $1) AND ($2::text IS NULL OR outcome = $2)
        AND ($3::timestamptz IS NULL OR (received_at, provider, event_id) < ($3, $4, $5))
      ORDER BY received_at DESC, provider DESC, event_id DESC LIMIT $6
      """;

  private static final String WITH_OUTCOME =
      """
      SELECT event_id FROM entitlements.webhook_inbox
      WHERE provider = $1 AND outcome = $2 ORDER BY tried_at, created_at, event_id LIMIT $3
      """;

  private final Pool pool;

  public PgWebhookInbox(Pool pool) {
    this.pool = pool;
  }

  /** The place behind the last delivery of a page. */
  private record Cursor(@Nullable OffsetDateTime received, String provider, String eventId) {
    static Cursor parse(@Nullable String text) {
      if (text == null) {
        return new Cursor(null, "", "");
      }
      try {
        JsonArray parts =
            new JsonArray(new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8));
        return new Cursor(
            OffsetDateTime.parse(parts.getString(0)), parts.getString(1), parts.getString(2));
      } catch (DecodeException
          | DateTimeException
          | IllegalArgumentException
          | ClassCastException
          | NullPointerException
          | IndexOutOfBoundsException e) {
        throw new RoomException(
            ErrorKind.INVALID,
            "invalid_cursor",
            "Take the cursor from \"next\" of an earlier answer, or leave it out.");
      }
    }

    static String after(Row row) {
      byte[] parts =
          new JsonArray()
              .add(row.getOffsetDateTime("received_at").toString())
              .add(row.getString("provider"))
              .add(row.getString("event_id"))
              .toBuffer()
              .getBytes();
      return Base64.getUrlEncoder().withoutPadding().encodeToString(parts);
    }
  }

  @Override
  public Future<WebhookPage> list(ListWebhooks query) {
    Cursor before;
    try {
      before = Cursor.parse(query.before());
    } catch (RoomException e) {
      return Future.failedFuture(e);
    }
    return pool.preparedQuery(LIST)
        .execute(
            Tuple.of(
                query.provider(),
                query.outcome(),
                before.received(),
                before.provider(),
                before.eventId(),
                query.limit() + 1))
        .map(rows -> page(rows, query.limit()));
  }

  private static WebhookPage page(RowSet<Row> rows, int limit) {
    List<StoredWebhook> items = new ArrayList<>();
    String next = null;
    Row last = null;
    for (Row row : rows) {
      if (items.size() == limit && last != null) {
        next = Cursor.after(last);
        break;
      }
      items.add(item(row));
      last = row;
    }
    return new WebhookPage(List.copyOf(items), next);
  }

  private static StoredWebhook item(Row row) {
    return new StoredWebhook(
        row.getString("provider"),
        row.getString("event_id"),
        row.getString("type"),
        row.getOffsetDateTime("created_at").toInstant().toEpochMilli(),
        row.getOffsetDateTime("received_at").toInstant().toEpochMilli(),
        row.getString("subscription_id"),
        row.getString("customer_id"),
        row.getString("outcome"),
        row.getString("payload"));
  }

  @Override
  public Future<List<String>> withOutcome(String provider, String outcome, int limit) {
    return pool.preparedQuery(WITH_OUTCOME)
        .execute(Tuple.of(provider, outcome, limit))
        .map(
            rows -> {
              List<String> ids = new ArrayList<>();
              rows.forEach(row -> ids.add(row.getString("event_id")));
              return ids;
            });
  }
}
