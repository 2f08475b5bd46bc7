package io.growthbus.flags.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.flags.store.UsageStore.Counted;
import io.growthbus.flags.store.UsageStore.Kind;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.erasure.UserExport;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.message.ExportPage;
import io.growthbus.shared.message.ExportUser;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A user in the past of flags, and among the keys that nobody has defined. */
class PgUserErasureIT {
  private static final Vertx VERTX = Vertx.vertx();
  private static final String FILE =
      """
      {"flags": {
        "segments": [{"key": "s", "if": [{"attribute": "user_id", "values": ["zoe-17", "bob"]}]}],
        "definitions": [
          {"key": "a", "enabled": true, "target_users": ["zoe-17", "bob"]},
          {"key": "b", "targets": [{"variant": "on", "users": ["zoe-17"]}],
           "rules": [{"key": "r", "if": [{"segment": "s"}]}]}]}}
      """;

  private final PostgresSettings database = TestPostgres.freshDatabase();
  private final Pool pool = Postgres.pool(VERTX, database, "flags", 2);
  private final PgFlagStore definitions = new PgFlagStore(pool);
  private final UserExport export = new UserExport(pool, PgUserErasure.SOURCES);

  @AfterEach
  void close() {
    Await.result(pool.close());
  }

  @AfterAll
  static void stop() {
    Await.result(VERTX.close());
  }

  private static Flags flags(String file) {
    return GrowthConfigReader.read(file, new Problems()).flags();
  }

  private List<String> exported(String user) {
    List<String> types = new ArrayList<>();
    String after = null;
    do {
      ExportPage page = Await.result(export.page(new ExportUser(user, after)));
      page.lines().forEach(line -> types.add(new JsonObject(line).getString("type")));
      after = page.next();
    } while (after != null);
    return types;
  }

  private long rowsWith(String text) {
    return Await.result(
        pool.query(
                "SELECT (SELECT count(*) FROM flags.definition_history h WHERE strpos(h::text, '"
                    + text
                    + "') > 0) + (SELECT count(*) FROM flags.usage u WHERE strpos(u::text, '"
                    + text
                    + "') > 0) + (SELECT count(*) FROM flags.definition d WHERE strpos(d::text, '"
                    + text
                    + "') > 0)")
            .execute()
            .map(rows -> rows.iterator().next().getLong(0)));
  }

  @Test
  void an_erased_user_is_in_no_definition_that_ever_was_and_is_no_unknown_flag() {
    Await.result(definitions.follow(flags(FILE)));
    Await.result(definitions.follow(flags(FILE.replace("\"enabled\": true, ", ""))));
    Await.result(definitions.follow(flags("{}")));
    Await.result(
        new PgUsageStore(pool)
            .add(
                List.of(
                    new Counted(Kind.UNKNOWN, "zoe-17", 1, true, false),
                    new Counted(Kind.UNKNOWN, "beta.zoe-17", 1, true, false),
                    new Counted(Kind.UNKNOWN, "beta.bob", 1, true, false))));
    assertThat(exported("zoe-17"))
        .startsWith(
            "flag_target_past",
            "flag_target_past",
            "flag_target_past",
            "flag_target_past",
            "unknown_flag",
            "unknown_flag")
        .filteredOn(type -> !type.equals("audit_entry"))
        .as("the audit names the user besides")
        .hasSize(6);

    Optional<Long> revision = Await.result(new PgUserErasure(pool, () -> 0).erase("zoe-17"));

    assertThat(revision).as("what is in force now has not changed").isEmpty();
    assertThat(rowsWith("zoe-17")).isZero();
    assertThat(rowsWith("bob")).isEqualTo(4);
    assertThat(exported("zoe-17")).isEmpty();
  }

  @Test
  void what_is_in_force_now_changes_and_its_past_does_not_remember() {
    Await.result(definitions.follow(flags(FILE)));

    assertThat(Await.result(new PgUserErasure(pool, () -> 0).erase("zoe-17"))).hasValue(2L);

    assertThat(rowsWith("zoe-17")).isZero();
    assertThat(Await.result(definitions.read()).flags())
        .isEqualTo(flags(FILE.replace("\"zoe-17\", ", "").replace("\"zoe-17\"", "")));
  }
}
