package io.growthbus.ingest.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.erasure.Erasures.Pass;
import io.growthbus.shared.erasure.UserExport;
import io.growthbus.shared.message.ExportPage;
import io.growthbus.shared.message.ExportUser;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PgUserErasureIT {
  private static final Vertx VERTX = Vertx.vertx();
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final String COUNT =
      """
      WITH m AS (
        INSERT INTO ingest.meter (key, subject, period, source, revision) VALUES ($1, 'user', 0, 'file', 1) RETURNING meter_id
      )
      INSERT INTO ingest.usage (meter_id, subject, bucket, amount, changed_at)
      SELECT meter_id, subject, '-infinity', 5, now() FROM m, unnest(ARRAY[$2, 'u-178']) AS subject
      """;
  private static final String DEVICE = "5d7e1c62-anonymous-device";
  private static Pool room;
  private static Pool owner;

  @BeforeAll
  static void connect() {
    room = Postgres.pool(VERTX, DATABASE, "ingest", 2);
    owner = Postgres.pool(VERTX, DATABASE.withRoomRoles(false), "test", 1);
    query("SELECT ingest.add_day('2026-03-01')::text");
    query("SELECT ingest.add_day('2026-03-02')::text");
  }

  @BeforeEach
  void empty() {
    query("DELETE FROM ingest.event");
    query("DELETE FROM ingest.usage");
    query("DELETE FROM ingest.meter");
    query("DELETE FROM ingest.identity_link");
    query("DELETE FROM ingest.quarantine");
    query("DELETE FROM growth.erasure_order");
    query("DELETE FROM growth.suppressed_user");
  }

  @AfterAll
  static void close() {
    Await.result(VERTX.close());
  }

  private static List<Row> query(String sql, Object... parameters) {
    List<Row> rows = new ArrayList<>();
    Await.result(owner.preparedQuery(sql).execute(Tuple.wrap(List.of(parameters))))
        .forEach(rows::add);
    return rows;
  }

  private static void insert(String user, String anonymous, boolean verified, String properties) {
    insert(user, anonymous, verified, properties, 1, "2026-03-01 12:00+00");
  }

  private static void insert(
      String user, String anonymous, boolean verified, String properties, int times, String at) {
    query(
        """
        INSERT INTO ingest.event (event_id, name, user_id, anonymous_id, schema_version, occurred_at, received_at,
                                  verified, properties, sender_occurred_at)
        SELECT gen_random_uuid(), 'clicked', nullif($1, ''), nullif($2, ''), '1.0.0', now(),
               $6::text::timestamptz + i * interval '1 millisecond', $3, $4::text::jsonb, now()
        FROM generate_series(1, $5::int4) AS i
        """,
        user,
        anonymous,
        verified,
        properties,
        times,
        at);
  }

  private static UUID hash(String id) {
    return UUID.nameUUIDFromBytes(id.getBytes(StandardCharsets.UTF_8));
  }

  private static Pass erase(String user, boolean repeated) {
    UUID order =
        query(
                "SELECT growth.order_erasure($1, $2, true, interval '1 second') AS id",
                user,
                hash(user))
            .get(0)
            .getUUID("id");
    Pass pass = new Pass(order, user, true, repeated);
    Await.result(new PgUserErasure(room, PgUserErasureIT::hash).erase(pass));
    return pass;
  }

  private static List<String> properties() {
    return query("SELECT properties::text AS p FROM ingest.event ORDER BY p").stream()
        .map(row -> row.getString("p"))
        .toList();
  }

  @Test
  void events_of_every_day_go_and_those_of_others_stay() {
    insert("u-17", "", true, "{}", 12_345, "2026-03-01 12:00+00");
    insert("u-17", "", false, "{}", 3, "2026-03-02 12:00+00");
    insert("u-178", "", true, "{\"a\": 1}");
    query(COUNT, "m", "u-17");
    erase("u-17", false);
    assertThat(properties()).containsExactly("{\"a\": 1}");
    assertThat(query("SELECT subject FROM ingest.usage").get(0).getString(0)).isEqualTo("u-178");
  }

  @Test
  void what_others_say_about_the_user_is_replaced_and_nothing_else_is_touched() {
    insert("bob", "", true, "{\"at\": \"/users/u-17\", \"n\": 1.50}");
    insert("bob", "", true, "{\"at\": \"/users/u-178\", \"n\": 12345678901234567890.10}");
    insert("bob", "u-17", true, "{}");
    erase("u-17", false);
    assertThat(properties())
        .containsExactlyInAnyOrder(
            "{}",
            "{\"n\": 1.50, \"at\": \"/users/[erased]\"}",
            "{\"n\": 12345678901234567890.10, \"at\": \"/users/u-178\"}");
    assertThat(query("SELECT 1 FROM ingest.event WHERE anonymous_id = 'u-17'")).isEmpty();
  }

  @Test
  void anonymous_events_of_the_users_own_device_go_and_the_device_is_kept_out() {
    insert("u-17", DEVICE, true, "{}");
    insert("", DEVICE, false, "{\"before\": \"login\"}");
    insert("bob", DEVICE, true, "{\"bob\": true}");
    insert("u-17", "anonymous", true, "{}");
    insert("", "anonymous", false, "{\"anybody\": true}");
    insert("u-17", "another-device-not-proven", false, "{}");
    insert("", "another-device-not-proven", false, "{\"victim\": true}");
    erase("u-17", false);
    assertThat(properties())
        .containsExactlyInAnyOrder("{\"bob\": true}", "{\"anybody\": true}", "{\"victim\": true}");
    assertThat(query("SELECT user_hash FROM growth.suppressed_user"))
        .extracting(row -> row.getUUID(0))
        .containsExactlyInAnyOrder(hash("u-17"), hash(DEVICE));
  }

  @Test
  void a_second_pass_takes_what_came_since() {
    insert("u-17", "", true, "{}");
    erase("u-17", false);
    insert("u-17", "", true, "{}");
    erase("u-17", true);
    assertThat(properties()).isEmpty();
  }

  @Test
  void an_id_of_any_characters_is_erased() {
    for (String id : List.of("'; DROP TABLE ingest.event; --", "%_\\", "\"q\"", "ü😀", "$1")) {
      insert(id, "", true, "{}");
      insert("bob", "", true, new JsonObject().put("x", id).encode());
      erase(id, false);
      assertThat(properties()).as(id).containsExactly("{\"x\": \"[erased]\"}");
      query("DELETE FROM ingest.event");
    }
  }

  @Test
  void an_export_has_every_event_once_page_by_page() {
    insert("u-17", "", true, "{\"a\": 1}", 450, "2026-03-01 12:00+00");
    insert("u-17", "", false, "{}", 250, "2026-03-02 12:00+00");
    insert("bob", "", true, "{}");
    query(COUNT, "m", "u-17");
    query(COUNT, "n", "u-17");
    UserExport export = new UserExport(room, PgUserErasure.SOURCES);
    List<JsonObject> lines = new ArrayList<>();
    String after = null;
    do {
      ExportPage page = Await.result(export.page(new ExportUser("u-17", after)));
      assertThat(page.lines().size()).isLessThanOrEqualTo(200);
      page.lines().forEach(line -> lines.add(new JsonObject(line)));
      after = page.next();
    } while (after != null);
    assertThat(lines).hasSize(702).doesNotHaveDuplicates();
    assertThat(lines.get(0).getJsonObject("properties")).isEqualTo(new JsonObject("{\"a\":1}"));
    assertThat(lines.get(450).getBoolean("verified")).isFalse();
    assertThat(lines.get(701).getString("type")).isEqualTo("counter");
  }

  @Test
  void links_and_refused_events_go_and_refused_ones_of_others_forget_the_user() {
    query(
        """
        INSERT INTO ingest.identity_link (anonymous_id, user_id, event_id)
        VALUES ('anon-a', 'u-17', gen_random_uuid()), ('u-17', 'bob', gen_random_uuid()),
               ('anon-b', 'bob', gen_random_uuid())
        """);
    for (String user : List.of("u-17", "bob")) {
      query(
          """
          INSERT INTO ingest.quarantine (fingerprint, event, code, pointer, schema_version, message, user_id, proven,
            believed, gpc, stored_before, received_at, behind_ms, first_seen, last_seen, count, content, whole)
          VALUES (gen_random_uuid(), 'e', 'c', '', '', 'm', $1, true, true, false, false, now(), 0, now(), now(), 1,
            '{"by":"u-17","at":"/users/u-178"}', true)
          """,
          user);
    }
    erase("u-17", false);
    assertThat(query("SELECT anonymous_id FROM ingest.identity_link"))
        .extracting(row -> row.getString(0))
        .containsExactly("anon-b");
    assertThat(query("SELECT user_id || content AS found FROM ingest.quarantine"))
        .extracting(row -> row.getString(0))
        .containsExactly("bob{\"by\":\"[erased]\",\"at\":\"/users/u-178\"}");
  }

  @Test
  void a_place_that_is_none_is_refused() {
    UserExport export = new UserExport(room, PgUserErasure.SOURCES);
    for (String place : List.of("", "x", "[]", "[7]", "[\"a\",9]", "{}", "[0]")) {
      assertThat(Await.failure(export.page(new ExportUser("u-17", place))))
          .as(place)
          .hasFieldOrPropertyWithValue("code", "invalid_cursor");
    }
  }
}
