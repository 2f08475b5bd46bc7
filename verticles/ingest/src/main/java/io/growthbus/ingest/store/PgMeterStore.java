package io.growthbus.ingest.store;

import io.growthbus.ingest.core.meters.MeterTransition.Stored;
import io.growthbus.ingest.store.MeterPlan.Put;
import io.growthbus.ingest.store.MeterSet.Counted;
import io.growthbus.shared.audit.AuditLog;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.MeterJson;
import io.growthbus.shared.config.MeterReader;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.MeterState;
import io.growthbus.shared.message.MeterState.Source;
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.MeterUsages;
import io.growthbus.shared.message.ReadUsage;
import io.growthbus.shared.message.ReadUsages;
import io.growthbus.shared.message.UserSample;
import io.growthbus.shared.settings.Problems;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Definitions of meters and their counters in PostgreSQL. */
public final class PgMeterStore implements MeterStore {
  // One statement, so that revision and definitions are of one moment.
  private static final String READ =
      """
      SELECT r.revision AS current, m.meter_id, m.key, m.definition::text AS definition, m.source, m.revision,
             b.state, b.days_done, b.days_total
      FROM ingest.meter_revision r
      LEFT JOIN ingest.meter m ON NOT m.retired
      LEFT JOIN ingest.meter_backfill b USING (meter_id)
      ORDER BY m.key COLLATE "C"
      """;

  private static final String INSERT =
      """
      WITH started AS (
        INSERT INTO ingest.meter (key, definition, subject, period, source, revision)
        VALUES ($1, $2::text::jsonb, $3, $4, $5, $6) RETURNING meter_id
      )
      INSERT INTO ingest.meter_backfill (meter_id) SELECT meter_id FROM started WHERE $7
      """;

  private static final String UPDATE =
      """
      WITH updated AS (
        UPDATE ingest.meter SET definition = $2::text::jsonb, source = $3 WHERE meter_id = $1 RETURNING meter_id
      )
      INSERT INTO ingest.meter_backfill (meter_id) SELECT meter_id FROM updated WHERE $4
      ON CONFLICT (meter_id) DO NOTHING
      """;

  private static final String RETIRE =
      "UPDATE ingest.meter SET retired = true WHERE meter_id = ANY($1)";

  private final Pool pool;
  private final PgMeterUsage usage;

  public PgMeterStore(Pool pool) {
    this.pool = pool;
    this.usage = new PgMeterUsage(pool);
  }

  /** What is stored at one moment. */
  private record Definitions(int revision, Map<String, Stored> byKey) {
    MeterSet meters() {
      List<Counted> counted = new ArrayList<>();
      for (Stored stored : byKey.values()) {
        Meter definition = stored.definition();
        if (definition != null) {
          counted.add(new Counted(stored.id(), definition));
        }
      }
      return MeterSet.of(revision, counted);
    }
  }

  @Override
  public Future<MeterSet> read() {
    return definitions(pool).map(Definitions::meters);
  }

  @Override
  public Future<Integer> revision() {
    return pool.query("SELECT revision FROM ingest.meter_revision")
        .execute()
        .map(rows -> rows.iterator().next().getInteger(0));
  }

  @Override
  public Future<Listed> list() {
    return pool.query(READ)
        .execute()
        .map(
            rows -> {
              List<MeterState> states = new ArrayList<>();
              for (Row row : rows) {
                if (row.getString("definition") != null) {
                  states.add(state(row));
                }
              }
              return new Listed(rows.iterator().next().getInteger("current"), List.copyOf(states));
            });
  }

  @Override
  public Future<Changed> follow(List<Meter> file) {
    return change(null, AuditLog.FILE, stored -> MeterPlan.ofFile(stored, file));
  }

  @Override
  public Future<Changed> put(
      Meter meter, boolean reset, @Nullable Long expectedRevision, String actor) {
    return change(expectedRevision, actor, stored -> MeterPlan.ofOperator(stored, meter, reset));
  }

  @Override
  public Future<Changed> delete(String key, @Nullable Long expectedRevision, String actor) {
    return change(expectedRevision, actor, stored -> MeterPlan.ofRemoval(stored, key));
  }

  @Override
  public Future<Optional<MeterUsage>> usage(ReadUsage question) {
    return usage.one(question);
  }

  @Override
  public Future<MeterUsages> usages(ReadUsages question) {
    return usage.several(question);
  }

  @Override
  public Future<UserSample> sample(int most) {
    return usage.sample(most);
  }

  private Future<Changed> change(
      @Nullable Long expected, String actor, Function<Map<String, Stored>, MeterPlan> decide) {
    return pool.withTransaction(
        connection ->
            connection
                .query("SELECT revision FROM ingest.meter_revision FOR UPDATE")
                .execute()
                .compose(locked -> definitions(connection))
                .compose(
                    stored -> {
                      if (expected != null && expected != stored.revision()) {
                        throw new RoomException(
                            ErrorKind.CONFLICT,
                            "revision_mismatch",
                            "The meters have changed; read them again.");
                      }
                      MeterPlan plan = decide.apply(stored.byKey());
                      return plan.isEmpty()
                          ? Future.succeededFuture(new Changed(stored.meters(), false, List.of()))
                          : apply(connection, stored, plan, actor);
                    }));
  }

  private static Future<Changed> apply(
      SqlConnection connection, Definitions stored, MeterPlan plan, String actor) {
    int revision = stored.revision() + 1;
    Future<?> done =
        connection
            .preparedQuery(RETIRE)
            .execute(Tuple.tuple().addArrayOfInteger(plan.retired().toArray(Integer[]::new)));
    for (Put put : plan.puts()) {
      done = done.compose(before -> write(connection, put, plan.source(), revision));
    }
    return done.compose(
            before ->
                connection
                    .preparedQuery("UPDATE ingest.meter_revision SET revision = $1")
                    .execute(Tuple.of(revision)))
        .compose(before -> definitions(connection))
        .compose(
            after ->
                AuditLog.note(
                        connection,
                        "ingest",
                        actor,
                        revision,
                        MeterPlan.audited(stored.byKey(), after.byKey()))
                    .map(new Changed(after.meters(), true, plan.restarted())));
  }

  private static Future<?> write(SqlConnection connection, Put put, Source source, int revision) {
    Meter meter = put.meter();
    Integer updated = put.updated();
    return updated == null
        ? connection.preparedQuery(INSERT).execute(inserted(meter, source, revision))
        : connection
            .preparedQuery(UPDATE)
            .execute(Tuple.of(updated, MeterJson.text(meter), word(source), meter.backfill()));
  }

  private static Tuple inserted(Meter meter, Source source, int revision) {
    return Tuple.of(
        meter.key(),
        MeterJson.text(meter),
        meter.subject().name().toLowerCase(Locale.ROOT),
        meter.period().days(),
        word(source),
        revision,
        meter.backfill());
  }

  private static String word(Source source) {
    return source.name().toLowerCase(Locale.ROOT);
  }

  private static Future<Definitions> definitions(SqlClient client) {
    return client.query(READ).execute().map(PgMeterStore::definitions);
  }

  private static Definitions definitions(RowSet<Row> rows) {
    Map<String, Stored> byKey = new TreeMap<>();
    for (Row row : rows) {
      String key = row.getString("key");
      String definition = row.getString("definition");
      if (key != null) {
        byKey.put(
            key,
            new Stored(
                row.getInteger("meter_id"),
                key,
                definition == null ? null : definition(key, definition),
                Source.valueOf(row.getString("source").toUpperCase(Locale.ROOT)),
                row.getInteger("revision")));
      }
    }
    return new Definitions(rows.iterator().next().getInteger("current"), byKey);
  }

  /** A definition that this store has written. */
  static Meter definition(String key, String stored) {
    Problems problems = new Problems();
    return MeterReader.read(stored, key, problems)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "the stored definition of a meter cannot be read: " + problems.errors()))
        .meter();
  }

  private static MeterState state(Row row) {
    String progress = row.getString("state");
    return new MeterState(
        row.getString("key"),
        row.getString("definition"),
        Source.valueOf(row.getString("source").toUpperCase(Locale.ROOT)),
        row.getInteger("revision"),
        progress == null
            ? null
            : new MeterState.Backfill(
                progress, row.getInteger("days_done"), row.getInteger("days_total")));
  }
}
