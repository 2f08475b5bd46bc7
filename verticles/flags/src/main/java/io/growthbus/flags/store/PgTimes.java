package io.growthbus.flags.store;

import io.vertx.sqlclient.Row;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/** Times of a row as milliseconds since the epoch. */
final class PgTimes {
  private PgTimes() {}

  static long millis(Row row, String column) {
    return row.getOffsetDateTime(column).toInstant().toEpochMilli();
  }

  static @Nullable Long millisOrNull(Row row, String column) {
    OffsetDateTime time = row.getOffsetDateTime(column);
    return time == null ? null : (Long) time.toInstant().toEpochMilli();
  }
}
