package io.growthbus.flags.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.flags.store.FlagStore.Followed;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Problems;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PgFlagStoreIT {
  private static final Vertx VERTX = Vertx.vertx();

  private final PostgresSettings database = TestPostgres.freshDatabase();
  private final PgFlagStore store = node();

  private PgFlagStore node() {
    return new PgFlagStore(Postgres.pool(VERTX, database, "flags", 2));
  }

  @AfterEach
  void close() {
    Await.result(store.close());
  }

  @AfterAll
  static void stop() {
    Await.result(VERTX.close());
  }

  private static FlagDefinition flag(String key, double rollout) {
    return new FlagDefinition(key, true, rollout, List.of(), Surface.CLIENT);
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(database));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Test
  void before_the_first_file_there_is_revision_0_and_no_flag() {
    FlagSnapshot snapshot = Await.result(store.read());

    assertThat(snapshot.revision()).isZero();
    assertThat(snapshot.definitions()).isEmpty();
    assertThat(Await.result(store.revision())).isZero();
  }

  @Test
  void every_component_of_a_definition_comes_back_as_it_was_stored() {
    List<FlagDefinition> file =
        List.of(
            new FlagDefinition("a.b-c_D", true, 12.345, List.of("u1", "ü, \"2\"}"), Surface.CLIENT),
            new FlagDefinition("b", false, 0, List.of(), Surface.SERVER),
            new FlagDefinition("c", false, 0, List.of(), Surface.REMOTE));

    Followed followed = Await.result(store.follow(Flags.of(file)));

    assertThat(followed.changed()).isTrue();
    assertThat(followed.snapshot().revision()).isEqualTo(1);
    assertThat(followed.snapshot().definitions()).isEqualTo(file);
    assertThat(Await.result(store.read()).definitions()).isEqualTo(file);
  }

  @Test
  void following_the_same_file_again_changes_nothing() {
    List<FlagDefinition> file = List.of(flag("a", 50), flag("b", 0));
    Followed first = Await.result(store.follow(Flags.of(file)));

    Followed again = Await.result(store.follow(Flags.of(file)));

    assertThat(again.changed()).isFalse();
    assertThat(again.snapshot().revision()).isEqualTo(first.snapshot().revision());
    assertThat(Await.result(store.revision())).isEqualTo(1);
  }

  @Test
  void the_revision_grows_by_one_with_each_file_that_changes_something() {
    List<List<FlagDefinition>> files =
        List.of(
            List.of(flag("a", 1)),
            List.of(flag("a", 2)),
            List.of(flag("a", 2)),
            List.of(flag("a", 2), flag("b", 1), flag("c", 1)),
            List.of(flag("c", 1)),
            List.of(),
            List.of());
    List<Long> revisions = new ArrayList<>();
    for (List<FlagDefinition> file : files) {
      FlagSnapshot snapshot = Await.result(store.follow(Flags.of(file))).snapshot();
      revisions.add(snapshot.revision());
      assertThat(snapshot.definitions()).isEqualTo(file);
    }

    assertThat(revisions).containsExactly(1L, 2L, 2L, 3L, 4L, 5L, 5L);
  }

  @Test
  void a_flag_has_the_revision_of_its_own_last_change() throws SQLException {
    Await.result(store.follow(Flags.of(List.of(flag("a", 1), flag("b", 1)))));
    Await.result(store.follow(Flags.of(List.of(flag("a", 2), flag("b", 1)))));
    FlagSnapshot third =
        Await.result(store.follow(Flags.of(List.of(flag("a", 2), flag("b", 1), flag("c", 1)))))
            .snapshot();
    execute("UPDATE flags.definition SET updated_at = now(), source = 'api' WHERE key = 'a'");

    assertThat(third.flagRevisions()).isEqualTo(Map.of("a", 2L, "b", 1L, "c", 3L));
    assertThat(Await.result(store.read()).flagRevisions()).isEqualTo(third.flagRevisions());
    assertThat(third.flagRevision("other")).isZero();
  }

  @Test
  void definitions_that_an_operator_has_edited_are_untouched() throws SQLException {
    Await.result(store.follow(Flags.of(List.of(flag("edited", 10), flag("own", 10)))));
    execute(
        "UPDATE flags.definition SET source = 'api', rollout_percentage = 77 WHERE key = 'edited'");
    execute("INSERT INTO flags.definition VALUES ('console', true, 5, '{}', 'server', 'api')");

    Followed other =
        Await.result(store.follow(Flags.of(List.of(flag("edited", 20), flag("own", 20)))));
    Followed none = Await.result(store.follow(Flags.of(List.of())));

    FlagDefinition console = new FlagDefinition("console", true, 5, List.of(), Surface.SERVER);
    assertThat(other.snapshot().definitions())
        .containsExactly(console, flag("edited", 77), flag("own", 20));
    assertThat(none.snapshot().definitions()).containsExactly(console, flag("edited", 77));
  }

  @Test
  void simultaneous_files_of_two_nodes_are_ordered_and_none_is_mixed_with_another() {
    PgFlagStore other = node();
    List<Future<Followed>> calls = new ArrayList<>();
    List<List<FlagDefinition>> files = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      List<FlagDefinition> file = List.of(flag("a", i), flag("b" + i % 3, i), flag("c", 100 - i));
      files.add(file);
      calls.add((i % 2 == 0 ? store : other).follow(Flags.of(file)));
    }
    List<Followed> done = calls.stream().map(Await::result).toList();
    FlagSnapshot last = Await.result(other.read());
    Await.result(other.close());

    for (int i = 0; i < done.size(); i++) {
      assertThat(done.get(i).snapshot().definitions())
          .containsExactlyInAnyOrderElementsOf(files.get(i));
    }
    assertThat(done.stream().map(f -> f.snapshot().revision()).sorted().toList())
        .isEqualTo(LongStream.rangeClosed(1, 40).boxed().toList());
    assertThat(done)
        .filteredOn(f -> f.snapshot().revision() == 40)
        .singleElement()
        .extracting(f -> f.snapshot().definitions())
        .isEqualTo(last.definitions());
  }

  @Test
  void two_nodes_that_start_with_one_file_make_one_revision() {
    PgFlagStore other = node();
    List<FlagDefinition> file = List.of(flag("a", 50), flag("b", 10));

    Future<Followed> here = store.follow(Flags.of(file));
    Future<Followed> there = other.follow(Flags.of(file));
    List<Followed> both = List.of(Await.result(here), Await.result(there));
    Await.result(other.close());

    assertThat(both).extracting(Followed::changed).containsExactlyInAnyOrder(true, false);
    assertThat(both).allMatch(f -> f.snapshot().revision() == 1);
  }

  @Test
  void what_is_read_is_of_one_revision_whatever_is_written_meanwhile() {
    PgFlagStore writer = node();
    Map<Long, List<FlagDefinition>> written = new HashMap<>(Map.of(0L, List.of()));
    List<Future<FlagSnapshot>> reads = new ArrayList<>();
    Future<Void> writes = Future.succeededFuture();
    for (int i = 1; i <= 30; i++) {
      List<FlagDefinition> file = List.of(flag("a", i), flag("b", i));
      written.put((long) i, file);
      writes = writes.compose(done -> writer.follow(Flags.of(file))).mapEmpty();
      reads.add(store.read());
      reads.add(writes.compose(done -> store.read()));
    }
    Await.result(writes);

    for (Future<FlagSnapshot> read : reads) {
      FlagSnapshot snapshot = Await.result(read);
      assertThat(snapshot.definitions()).isEqualTo(written.get(snapshot.revision()));
    }
    Await.result(writer.close());
  }

  @Test
  void a_definition_that_postgresql_refuses_changes_nothing_of_the_file() {
    Await.result(store.follow(Flags.of(List.of(flag("a", 1)))));

    Throwable failure =
        Await.failure(store.follow(Flags.of(List.of(flag("a", 2), flag("b", 200)))));

    assertThat(failure).hasMessageContaining("rollout_percentage");
    FlagSnapshot after = Await.result(store.read());
    assertThat(after.revision()).isEqualTo(1);
    assertThat(after.definitions()).containsExactly(flag("a", 1));
  }

  @Test
  void the_room_reads_its_own_schema_and_no_secret() {
    Pool pool = Postgres.pool(VERTX, database, "flags", 1);
    Throwable failure =
        Await.failure(pool.query("SELECT value FROM growth.generated_secret").execute());
    Await.result(pool.close());

    assertThat(failure).hasMessageContaining("permission denied for table generated_secret");
  }

  @Test
  void the_view_for_analysts_shows_the_definitions() throws SQLException {
    Await.result(store.follow(Flags.of(List.of(flag("a", 1), flag("b", 2)))));
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(database));
        Statement statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "SELECT string_agg(key, ',' ORDER BY key), min(source)"
                    + " FROM growth.flag_definition")) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getString(1)).isEqualTo("a,b");
      assertThat(rows.getString(2)).isEqualTo("file");
    }
  }

  @Test
  void everything_that_a_file_says_of_flags_comes_back_as_it_was_and_changes_once() {
    Flags file =
        GrowthConfigReader.read(
                """
                {"flags": {
                  "segments": [{"key": "s", "if": [{"attribute": "plan", "values": ["free", 1, true]}]}],
                  "holdouts": [{"key": "h", "percentage": 2.5}],
                  "definitions": [{
                    "key": "f", "enabled": true, "bucketing": "murmur3", "salt": "x", "bucket_by": "account_id",
                    "variants": {"z": {"a": [1, 2.0, 1e30, null]}, "a": [], "m": {"\u00fc": "\ud83d\ude00"}},
                    "on": "z", "off": "a", "split": {"z": 10, "m": 0.5}, "holdout": "h",
                    "targets": [{"variant": "m", "users": ["u"]}],
                    "rules": [{"key": "r", "variant": "m", "rollout_percentage": 12.345,
                               "if": [{"segment": "s", "not": true}, {"attribute": "n", "operator": "gt", "values": [1e9]}]}]
                  }]}}
                """,
                new Problems())
            .flags();

    assertThat(Await.result(store.follow(file)).changed()).isTrue();
    assertThat(Await.result(store.follow(file)).changed()).isFalse();
    assertThat(Await.result(store.read()).flags()).isEqualTo(file);

    Flags without = new Flags(file.definitions(), List.of(), file.holdouts());
    assertThat(Await.result(store.follow(without)).changed()).isTrue();
    assertThat(Await.result(store.read()).flags()).isEqualTo(without);
  }
}
