package io.growthbus.flags.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.flags.store.UsageStore.Counted;
import io.growthbus.flags.store.UsageStore.Kind;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.message.FlagReport;
import io.growthbus.shared.message.FlagReport.StaleFlag;
import io.growthbus.shared.message.FlagReport.UnknownFlag;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PgUsageStoreIT {
  private static final Vertx VERTX = Vertx.vertx();

  private final PostgresSettings database = TestPostgres.freshDatabase();
  private final Pool pool = Postgres.pool(VERTX, database, "flags", 4);
  private final UsageStore store = new PgUsageStore(pool);

  @AfterEach
  void close() {
    Await.result(pool.close());
  }

  @AfterAll
  static void stop() {
    Await.result(VERTX.close());
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(database));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void define(String... keys) {
    List<FlagDefinition> flags = new ArrayList<>();
    for (String key : keys) {
      flags.add(
          new FlagDefinition(
              key, true, 50, List.of(), key.startsWith("page") ? Surface.CLIENT : Surface.SERVER));
    }
    Await.result(new PgFlagStore(pool).follow(Flags.of(flags)));
  }

  /** Everything that is there happened that many days earlier. */
  private void pass(int days) throws SQLException {
    String ago = " - interval '" + days + " days'";
    execute(
        "UPDATE flags.usage SET first_evaluated_at = first_evaluated_at"
            + ago
            + ", last_evaluated_at = last_evaluated_at"
            + ago
            + "; UPDATE flags.definition SET updated_at = updated_at"
            + ago);
  }

  private void add(Counted... counted) {
    Await.result(store.add(List.of(counted)));
  }

  private static Counted flag(String key) {
    return new Counted(Kind.FLAG, key, 1, false, true);
  }

  private static Counted unknown(String key, long count) {
    return new Counted(Kind.UNKNOWN, key, count, true, false);
  }

  private static final Counted FETCH = new Counted(Kind.FETCH, "", 1, true, false);

  private FlagReport report() {
    return Await.result(store.report(30));
  }

  private List<String> stale() {
    return report().stale().stream().map(StaleFlag::key).toList();
  }

  @Test
  void a_flag_is_stale_when_it_is_old_and_was_not_asked_for() throws SQLException {
    define("asked", "forgotten", "never");
    add(flag("asked"), flag("forgotten"));
    pass(31);
    add(flag("asked"));
    define("asked", "forgotten", "never", "young");

    assertThat(stale()).containsExactly("forgotten", "never");
    assertThat(report().stale().get(0).lastEvaluatedAtMs()).isNotNull();
    assertThat(report().stale().get(1).lastEvaluatedAtMs()).isNull();
    assertThat(report().revision()).isEqualTo(2);
  }

  @Test
  void nothing_is_stale_before_it_was_counted_for_long_enough() throws SQLException {
    define("a");
    execute("UPDATE flags.definition SET updated_at = now() - interval '1 year'");

    assertThat(stale()).isEmpty();
    pass(29);
    assertThat(stale()).isEmpty();
    pass(2);
    assertThat(stale()).containsExactly("a");
  }

  @Test
  void a_flag_of_pages_is_not_stale_as_long_as_pages_fetch_the_definitions() throws SQLException {
    define("page", "server");
    pass(31);
    add(FETCH);

    assertThat(stale()).containsExactly("server");
    assertThat(report().fetchedAtMs()).isNotNull();
    pass(31);
    assertThat(stale()).containsExactly("page", "server");
    assertThat(report().stale().get(0).client()).isTrue();
  }

  @Test
  void unknown_keys_are_reported_with_who_asks_until_there_is_such_a_flag() {
    add(unknown("exprot", 3), unknown("other", 5));
    add(new Counted(Kind.UNKNOWN, "exprot", 4, false, true));

    assertThat(report().unknown())
        .extracting(UnknownFlag::key, UnknownFlag::count)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("exprot", 7L),
            org.assertj.core.groups.Tuple.tuple("other", 5L));
    assertThat(report().unknown().get(0).byClient()).isTrue();
    assertThat(report().unknown().get(0).byServer()).isTrue();

    define("exprot");
    assertThat(report().unknown()).extracting(UnknownFlag::key).containsExactly("other");
  }

  @Test
  void a_thousand_unknown_keys_are_kept_and_those_asked_for_most_survive() throws SQLException {
    add(unknown("real", 50));
    for (int round = 0; round < 2; round++) {
      int first = round * 800;
      add(
          IntStream.range(first, first + 800)
              .mapToObj(i -> unknown("flood-" + i, 1))
              .toArray(Counted[]::new));
    }

    assertThat(report().unknown())
        .hasSize(1_000)
        .first()
        .extracting(UnknownFlag::key)
        .isEqualTo("real");
    pass(31);
    add(FETCH);
    assertThat(report().unknown()).isEmpty();
  }

  @Test
  void nodes_that_add_at_the_same_moment_lose_nothing() {
    define("a", "b", "c");
    List<Future<?>> adds = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      adds.add(
          store.add(
              i % 2 == 0
                  ? List.of(flag("a"), flag("b"), flag("c"))
                  : List.of(flag("c"), flag("b"), flag("a"))));
    }
    Await.result(Future.all(adds));

    Long sum =
        Await.result(
            pool.query("SELECT min(evaluations) FROM flags.usage WHERE kind = 'flag'")
                .execute()
                .map(rows -> rows.iterator().next().getLong(0)));
    assertThat(sum).isEqualTo(60);
  }
}
