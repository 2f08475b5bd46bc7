package io.growthbus.flags.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.flags.store.HistoryStore.Past;
import io.growthbus.flags.store.HistoryStore.Period;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PgHistoryStoreIT {
  private static final Vertx VERTX = Vertx.vertx();

  private final PostgresSettings database = TestPostgres.freshDatabase();
  private final Pool pool = Postgres.pool(VERTX, database, "flags", 4);
  private final Pool owner = Postgres.pool(VERTX, database.withRoomRoles(false), "test", 1);
  private final HistoryStore store = new PgHistoryStore(pool);
  private final PgFlagStore definitions = new PgFlagStore(pool);

  @AfterEach
  void close() {
    Await.result(pool.close());
    Await.result(owner.close());
  }

  @AfterAll
  static void stop() {
    Await.result(VERTX.close());
  }

  private static Flags flags(String json) {
    return GrowthConfigReader.read("{\"flags\": " + json + "}", new Problems()).flags();
  }

  private Past at(long atMs) {
    return Await.result(store.at(atMs));
  }

  private Period period(long atMs, String flag) {
    return Objects.requireNonNull(at(atMs).periods().get(flag));
  }

  private List<Row> rows(String sql) {
    List<Row> rows = new ArrayList<>();
    Await.result(owner.query(sql).execute()).forEach(rows::add);
    return rows;
  }

  /** The clock of the database, after everything so far and before everything to come. */
  private long between() {
    long now = millis();
    Await.until("a millisecond has passed", Duration.ofSeconds(5), () -> millis() > now + 1);
    return now + 1;
  }

  private long millis() {
    return rows("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8").get(0).getLong(0);
  }

  @Test
  void every_file_is_in_force_from_its_own_moment_to_that_of_the_next() {
    List<Flags> files =
        List.of(
            flags("{\"definitions\": [{\"key\": \"a\", \"rollout_percentage\": 10}]}"),
            flags(
                """
                {"segments": [{"key": "s", "if": [{"attribute": "plan", "values": ["pro"]}]}],
                 "holdouts": [{"key": "h", "percentage": 5}],
                 "definitions": [
                   {"key": "a", "enabled": true, "rollout_percentage": 20.5, "target_users": ["ada"]},
                   {"key": "b", "enabled": true, "bucketing": "murmur3", "holdout": "h",
                    "variants": {"z": [1, 2.5], "a": {"x": null}}, "on": "z", "off": "a",
                    "rules": [{"key": "r", "variant": "z", "if": [{"segment": "s"}]}]}]}
                """),
            flags("{\"definitions\": [{\"key\": \"b\", \"enabled\": true}]}"));
    TreeMap<Long, Flags> inForce = new TreeMap<>();
    for (Flags file : files) {
      Await.result(definitions.follow(file));
      inForce.put(between(), file);
    }

    long revision = 0;
    for (var then : inForce.entrySet()) {
      Past past = at(then.getKey());
      assertThat(past.snapshot().flags()).isEqualTo(then.getValue());
      assertThat(past.snapshot().revision()).isEqualTo(++revision);
    }
    assertThat(period(inForce.firstKey(), "a").toMs())
        .isGreaterThan(inForce.firstKey())
        .isLessThan(inForce.lastKey());
    assertThat(period(inForce.lastKey(), "b").toMs()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void what_changes_nothing_leaves_no_trace() {
    Await.result(definitions.follow(flags("{\"definitions\": [{\"key\": \"a\"}]}")));
    Await.result(owner.query("UPDATE flags.definition SET updated_at = now()").execute());

    assertThat(rows("SELECT 1 FROM flags.definition_history")).hasSize(1);
  }

  @Test
  void a_change_of_the_source_alone_keeps_the_revision_that_is_in_force() {
    Await.result(definitions.follow(flags("{\"definitions\": [{\"key\": \"a\"}]}")));
    Await.result(owner.query("UPDATE flags.definition SET source = 'api'").execute());

    assertThat(rows("SELECT source, revision FROM flags.definition_history ORDER BY valid_from"))
        .extracting(row -> row.getString(0) + " " + row.getLong(1))
        .containsExactly("file 1", "api 1");
  }

  @Test
  void several_changes_of_one_transaction_are_one() {
    Await.result(
        owner.withTransaction(
            connection ->
                connection
                    .query(
                        "INSERT INTO flags.definition VALUES ('a', true, 1, '{}', 'client', 'api')")
                    .execute()
                    .compose(
                        done ->
                            connection
                                .query("UPDATE flags.definition SET rollout_percentage = 2")
                                .execute())
                    .compose(done -> connection.query("DELETE FROM flags.definition").execute())));

    assertThat(rows("SELECT definition FROM flags.definition_history"))
        .singleElement()
        .satisfies(row -> assertThat(row.getValue(0)).isNull());
  }

  @Test
  void what_ended_before_the_retention_goes_and_the_history_begins_later() {
    Await.result(
        definitions.follow(flags("{\"definitions\": [{\"key\": \"a\"}, {\"key\": \"b\"}]}")));
    Await.result(definitions.follow(flags("{\"definitions\": [{\"key\": \"b\"}]}")));
    Await.result(
        owner
            .query(
                "UPDATE flags.definition_history SET valid_from = valid_from - interval '10 days',"
                    + " valid_to = valid_to - interval '9 days';"
                    + " UPDATE flags.history SET began_at = began_at - interval '10 days'")
            .execute());

    Await.result(store.expire(Duration.ofDays(30)));
    assertThat(rows("SELECT 1 FROM flags.definition_history")).hasSize(3);
    Await.result(store.expire(Duration.ofDays(5)));

    assertThat(rows("SELECT key FROM flags.definition_history"))
        .singleElement()
        .satisfies(row -> assertThat(row.getString(0)).isEqualTo("b"));
    assertThat(at(millis()).beganMs()).isBetween(millis() - 432_060_000L, millis() - 431_940_000L);
  }
}
