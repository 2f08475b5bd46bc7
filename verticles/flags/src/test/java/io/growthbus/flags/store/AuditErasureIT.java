package io.growthbus.flags.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.flags.store.DefinitionStore.Edit;
import io.growthbus.shared.audit.AuditLog;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.erasure.UserExport;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.message.AuditEntry;
import io.growthbus.shared.message.ExportUser;
import io.growthbus.shared.message.ListAudit;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The audit and those whom it names; and who may write it. */
class AuditErasureIT {
  private static final Vertx VERTX = Vertx.vertx();
  private static final String ID = "zoe \"ü\\y\u0001\" a/%😀";

  private final PostgresSettings database = TestPostgres.freshDatabase();
  private final Pool pool = Postgres.pool(VERTX, database, "flags", 2);
  private final DefinitionStore store = new PgDefinitionStore(pool);

  @Test
  void the_audit_is_dropped_when_it_is_older_than_what_is_kept_and_not_before()
      throws SQLException {
    Await.result(
        store.change(new Edit(AuditLog.OPERATOR, null, false, now -> now.following(flags("ada")))));
    int all = audit().size();
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(database));
        Statement statement = connection.createStatement()) {
      statement.execute(
          "UPDATE growth.audit SET changed_at = now() - interval '31 days' WHERE kind = 'segment'");
    }

    Await.result(store.expireAudit(Duration.ofDays(32)));
    assertThat(audit()).hasSize(all);
    Await.result(store.expireAudit(Duration.ofDays(30)));
    assertThat(audit()).isNotEmpty().noneMatch(entry -> entry.kind().equals("segment"));
    assertThat(Await.failure(store.expireAudit(Duration.ofHours(23))))
        .hasMessageContaining("a day at least");
  }

  @AfterAll
  static void stop() {
    Await.result(VERTX.close());
  }

  private static Flags flags(String user) {
    JsonObject file =
        new JsonObject(
            """
            {"flags": {
              "segments": [{"key": "s", "if": [{"attribute": "user_id", "values": ["USER", "bob"]}]}],
              "definitions": [{"key": "f", "target_users": ["USER", "bob"],
                "targets": [{"variant": "on", "users": ["USER"]}]}, {"key": "g"}]}}
            """
                .replace("USER", "@"));
    return GrowthConfigReader.read(
            file.encode().replace("\"@\"", Json.encode(user)), new Problems())
        .flags();
  }

  private List<AuditEntry> audit() {
    return Await.result(store.audit(new ListAudit(null, null, null, 100, null))).items();
  }

  private boolean named() {
    return audit().stream()
        .anyMatch(
            entry ->
                String.valueOf(entry.before()).contains("zoe")
                    || String.valueOf(entry.after()).contains("zoe"));
  }

  @Test
  void an_erased_user_is_named_in_no_entry_and_everything_else_stays() {
    Await.result(
        store.change(new Edit(AuditLog.OPERATOR, null, false, now -> now.following(flags(ID)))));
    assertThat(named()).isTrue();
    UserExport export = new UserExport(pool, PgUserErasure.SOURCES);
    List<String> lines = Await.result(export.page(new ExportUser(ID, null))).lines();
    assertThat(lines).isNotEmpty();

    Optional<Long> revision = Await.result(new PgUserErasure(pool, () -> 0).erase(ID));

    assertThat(revision).contains(2L);
    assertThat(named()).isFalse();
    assertThat(audit()).hasSize(5);
    AuditEntry first =
        audit().stream().filter(entry -> entry.key().equals("f")).reduce((a, b) -> b).orElseThrow();
    assertThat(new JsonObject(String.valueOf(first.after())).getJsonArray("target_users"))
        .containsExactly("[erased]", "bob");
    assertThat(audit())
        .filteredOn(entry -> entry.actor().equals(AuditLog.ERASURE))
        .extracting(AuditEntry::key)
        .containsExactlyInAnyOrder("f", "s");
    assertThat(audit())
        .filteredOn(entry -> entry.actor().equals(AuditLog.ERASURE))
        .allMatch(entry -> entry.before() == null && entry.action().equals("changed"));
    assertThat(Await.result(new PgUserErasure(pool, () -> 0).erase(ID))).isEmpty();
  }

  @Test
  void the_export_of_a_user_shows_the_entries_that_name_the_user() {
    Await.result(
        store.change(new Edit(AuditLog.OPERATOR, null, false, now -> now.following(flags("ada")))));
    UserExport export = new UserExport(pool, PgUserErasure.SOURCES);

    List<String> types = new ArrayList<>();
    String next = null;
    do {
      var page = Await.result(export.page(new ExportUser("ada", next)));
      page.lines().forEach(line -> types.add(new JsonObject(line).getString("type")));
      next = page.next();
    } while (next != null);

    assertThat(types)
        .filteredOn("audit_entry"::equals)
        .as("of the flag and of the segment")
        .hasSize(2);
  }

  @Test
  void a_room_adds_entries_in_its_own_name_and_changes_none() {
    Pool ingest = Postgres.pool(VERTX, database, "ingest", 1);
    String note =
        "SELECT growth.note_change('%s', 'operator', 'added', 'flag', 'x', 1, NULL, NULL)::text";

    Await.result(pool.query(note.formatted("flags")).execute());
    assertThat(Await.failure(pool.query(note.formatted("ingest")).execute()))
        .hasMessageContaining("not that of the room");
    assertThat(Await.failure(pool.query("DELETE FROM growth.audit").execute()))
        .hasMessageContaining("permission denied");
    assertThat(Await.failure(pool.query("UPDATE growth.audit SET actor = 'somebody'").execute()))
        .hasMessageContaining("permission denied");
    assertThat(Await.failure(ingest.query("SELECT growth.erase_from_audit('u')::text").execute()))
        .hasMessageContaining("permission denied");
    Await.result(ingest.close());
  }

  @Test
  void a_change_that_fails_leaves_no_entry() {
    Flags worse =
        Flags.of(
            List.of(
                new FlagDefinition("a", true, 1, List.of(), Surface.CLIENT),
                new FlagDefinition("b", true, 200, List.of(), Surface.CLIENT)));

    assertThat(
            Await.failure(
                store.change(new Edit(AuditLog.FILE, null, false, now -> now.following(worse)))))
        .hasMessageContaining("rollout_percentage");
    assertThat(audit()).isEmpty();
  }
}
