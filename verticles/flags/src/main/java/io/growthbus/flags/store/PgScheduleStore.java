package io.growthbus.flags.store;

import io.growthbus.flags.core.Edits;
import io.growthbus.flags.store.DefinitionStore.Edit;
import io.growthbus.shared.audit.AuditLog;
import io.growthbus.shared.flags.Definition.Kind;
import io.growthbus.shared.message.FlagSchedule;
import io.growthbus.shared.message.ScheduledChange;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Scheduled changes in PostgreSQL; the lock of the definitions orders what is done to them. */
public final class PgScheduleStore implements ScheduleStore {
  private static final String COLUMNS =
      """
      flag, place, (extract(epoch FROM due_at) * 1000)::int8 AS due_ms, enabled, rollout_percentage,
      (extract(epoch FROM applied_at) * 1000)::int8 AS applied_ms
      """;

  private static final String READ =
      "SELECT " + COLUMNS + " FROM flags.scheduled_change WHERE flag = $1 ORDER BY place";

  private static final String INSERT =
      """
      INSERT INTO flags.scheduled_change (flag, place, due_at, enabled, rollout_percentage)
      VALUES ($1, $2, timestamptz 'epoch' + $3::int8 * interval '1 millisecond', $4, $5)
      """;

  private static final String CLAIM =
      "SELECT "
          + COLUMNS
          + """
            FROM flags.scheduled_change
            WHERE applied_at IS NULL AND due_at <= timestamptz 'epoch' + $1::int8 * interval '1 millisecond'
            ORDER BY due_at, flag, place LIMIT 1 FOR UPDATE SKIP LOCKED
            """;

  private static final String MARK =
      """
      UPDATE flags.scheduled_change
      SET applied_at = timestamptz 'epoch' + $3::int8 * interval '1 millisecond'
      WHERE flag = $1 AND place = $2
      """;

  private static final String NEXT =
      """
      SELECT (extract(epoch FROM min(due_at)) * 1000)::int8 AS due_ms
      FROM flags.scheduled_change WHERE applied_at IS NULL
      """;

  private final Pool pool;
  private final LongSupplier floor;

  /**
   * @param floor highest revision that a node is known to act by, whatever the database says
   */
  public PgScheduleStore(Pool pool, LongSupplier floor) {
    this.pool = pool;
    this.floor = floor;
  }

  @Override
  public Future<FlagSchedule> read(String flag) {
    return read(pool, flag);
  }

  private static Future<FlagSchedule> read(SqlClient client, String flag) {
    return client
        .preparedQuery(READ)
        .execute(Tuple.of(flag))
        .map(
            rows -> {
              List<ScheduledChange> changes = new ArrayList<>();
              rows.forEach(row -> changes.add(change(row)));
              return new FlagSchedule(flag, List.copyOf(changes));
            });
  }

  private static ScheduledChange change(Row row) {
    return new ScheduledChange(
        row.getLong("due_ms"),
        row.getBoolean("enabled"),
        row.getDouble("rollout_percentage"),
        row.getLong("applied_ms"));
  }

  @Override
  public Future<FlagSchedule> replace(
      String flag, List<ScheduledChange> changes, String actor, @Nullable Long expectedRevision) {
    FlagSchedule wanted = new FlagSchedule(flag, changes);
    return pool.withTransaction(
        connection ->
            PgDefinitions.lock(connection)
                .compose(
                    now -> {
                      PgDefinitionStore.requireRevision(expectedRevision, now.revision());
                      if (!changes.isEmpty() && now.definitions().get(Kind.FLAG, flag).isEmpty()) {
                        throw Edits.unknown(Kind.FLAG);
                      }
                      return read(connection, flag)
                          .compose(
                              before ->
                                  before.equals(wanted)
                                      ? Future.succeededFuture()
                                      : write(connection, before, wanted, actor, now.revision()));
                    })
                .map(wanted));
  }

  private static Future<Void> write(
      SqlConnection connection,
      FlagSchedule before,
      FlagSchedule wanted,
      String actor,
      long revision) {
    List<Tuple> rows = new ArrayList<>();
    for (ScheduledChange change : wanted.changes()) {
      rows.add(
          Tuple.tuple()
              .addString(wanted.key())
              .addInteger(rows.size())
              .addLong(change.atMs())
              .addBoolean(change.enabled())
              .addDouble(change.rolloutPercentage()));
    }
    return connection
        .preparedQuery("DELETE FROM flags.scheduled_change WHERE flag = $1")
        .execute(Tuple.of(wanted.key()))
        .compose(
            removed ->
                rows.isEmpty()
                    ? Future.succeededFuture()
                    : connection.preparedQuery(INSERT).executeBatch(rows))
        .compose(
            done ->
                AuditLog.note(
                    connection,
                    "flags",
                    actor,
                    revision,
                    List.of(
                        AuditLog.Change.between(
                            "schedule", wanted.key(), audited(before), audited(wanted)))));
  }

  private static @Nullable String audited(FlagSchedule schedule) {
    if (schedule.changes().isEmpty()) {
      return null;
    }
    JsonArray steps = new JsonArray();
    for (ScheduledChange step : schedule.changes()) {
      JsonObject change = new JsonObject();
      if (step.enabled() != null) {
        change.put("enabled", step.enabled());
      }
      if (step.rolloutPercentage() != null) {
        change.put("rollout_percentage", step.rolloutPercentage());
      }
      steps.add(
          new JsonObject()
              .put("at", step.atMs())
              .put("change", change)
              .put("applied_at", step.appliedAtMs()));
    }
    return new JsonObject().put("key", schedule.key()).put("schedule", steps).encode();
  }

  @Override
  public Future<Optional<Long>> nextDue() {
    return pool.query(NEXT)
        .execute()
        .map(rows -> Optional.ofNullable(rows.iterator().next().getLong("due_ms")));
  }

  @Override
  public Future<Optional<Done>> applyDue(long nowMs) {
    // The lock comes first: whoever changes a flag has it and may then want the row too.
    return pool.withTransaction(
        connection ->
            PgDefinitions.lock(connection)
                .compose(locked -> connection.preparedQuery(CLAIM).execute(Tuple.of(nowMs)))
                .compose(
                    rows ->
                        rows.size() == 0
                            ? Future.succeededFuture(Optional.empty())
                            : apply(connection, rows.iterator().next(), nowMs, floor.getAsLong())
                                .map(Optional::of)));
  }

  private static Future<Done> apply(SqlConnection connection, Row row, long nowMs, long floor) {
    String flag = row.getString("flag");
    ScheduledChange step = change(row);
    Edit edit = new Edit(AuditLog.SCHEDULE, null, false, now -> Edits.step(now, flag, step));
    return PgDefinitionStore.change(connection, edit, floor)
        .compose(
            edited ->
                connection
                    .preparedQuery(MARK)
                    .execute(Tuple.of(flag, row.getInteger("place"), nowMs))
                    .map(new Done(flag, edited)));
  }
}
