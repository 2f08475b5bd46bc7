package io.growthbus.shared.erasure;

import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is kept out after an erasure, as this node knows it: the hashes in memory, read anew every
 * {@link #POLL}, at once when a broadcast says so.
 *
 * <p>As long as nobody is kept out a look-up costs a comparison; after that the verdicts of the
 * users seen last are remembered, so that a busy user is not hashed for every event.
 *
 * <p>Lives on one event loop; not thread-safe.
 */
public final class Suppression {
  /** How often a node reads what has changed. */
  public static final Duration POLL = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(Suppression.class);
  private static final int REMEMBERED = 4_096;

  // A change becomes visible with its commit, at most as much later as a transaction may take.
  private static final String CHANGED =
      """
      SELECT user_hash, lifted, changed_at FROM growth.suppressed_user
      WHERE changed_at > $1::timestamptz - interval '1 minute'
      """;

  private final Vertx vertx;
  private final Pool pool;
  private final Set<UUID> hashes = new HashSet<>();
  private final Map<String, Boolean> verdicts =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > REMEMBERED;
        }
      };
  private OffsetDateTime readUntil = OffsetDateTime.of(1970, 1, 2, 0, 0, 0, 0, ZoneOffset.UTC);
  private @Nullable UserHash hash;
  private Future<Void> reading = Future.succeededFuture();
  private long timer = -1;

  public Suppression(Vertx vertx, Pool pool) {
    this.vertx = vertx;
    this.pool = pool;
  }

  /**
   * Reads who is kept out and goes on doing so, also when the first reading fails.
   *
   * @return the first reading; fails with the error of PostgreSQL
   */
  public Future<Void> start() {
    timer = vertx.setPeriodic(POLL.toMillis(), tick -> poll());
    return read();
  }

  /** Ends the reading. */
  public void stop() {
    vertx.cancelTimer(timer);
  }

  /** Whether nothing of this user, or of this anonymous id, is stored any more. */
  public boolean contains(@Nullable String userId) {
    return userId != null
        && !hashes.isEmpty()
        && verdicts.computeIfAbsent(userId, id -> hashes.contains(hashOf(id)));
  }

  /**
   * As {@link #contains}, after the first reading if that is still to come.
   *
   * @return fails with the error of PostgreSQL
   */
  public Future<Boolean> check(String userId) {
    return hash == null
        ? refresh().map(read -> contains(userId))
        : Future.succeededFuture(contains(userId));
  }

  /** The hash of a user; only after the start. */
  public UUID hashOf(String userId) {
    return Objects.requireNonNull(hash, "started").of(userId);
  }

  /** Reads what has changed; fails with the error of PostgreSQL. */
  public Future<Void> refresh() {
    return reading.transform(earlier -> read());
  }

  private void poll() {
    if (reading.isComplete()) {
      read()
          .onFailure(
              e -> LOG.warn("who is suppressed cannot be read now: {}", Postgres.describe(e)));
    }
  }

  private Future<Void> read() {
    reading =
        withKey()
            .compose(keyed -> pool.preparedQuery(CHANGED).execute(Tuple.of(readUntil)))
            .map(this::apply);
    return reading;
  }

  private Future<Void> withKey() {
    return hash != null
        ? Future.succeededFuture()
        : pool.query("SELECT growth.erasure_key() AS key")
            .execute()
            .map(
                rows -> {
                  hash = new UserHash(rows.iterator().next().getString("key"));
                  return null;
                });
  }

  private @Nullable Void apply(RowSet<Row> rows) {
    boolean changed = false;
    for (Row row : rows) {
      UUID of = row.getUUID("user_hash");
      changed |= row.getBoolean("lifted") ? hashes.remove(of) : hashes.add(of);
      OffsetDateTime at = row.getOffsetDateTime("changed_at");
      readUntil = at.isAfter(readUntil) ? at : readUntil;
    }
    if (changed) {
      verdicts.clear();
    }
    return null;
  }
}
