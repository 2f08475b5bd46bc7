package io.growthbus.shared.erasure;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.erasure.Erasures.Pass;
import io.growthbus.shared.message.ErasureOrdered;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.CapturedLog;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The orders in PostgreSQL and the driver that works them off, without any room's tables. */
class ErasuresIT {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final List<String> ROOMS =
      List.of("ingest", "flags", "entitlements", "activation");
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final Vertx VERTX = Vertx.vertx();
  private static final Bus BUS = new Bus(VERTX);

  private final List<Pool> pools = new ArrayList<>();
  private final List<Erasures> drivers = new ArrayList<>();
  private final List<String> passes = new CopyOnWriteArrayList<>();
  private Pool owner;

  @BeforeEach
  void connect() {
    owner = pool(DATABASE.withRoomRoles(false), "ingest");
    // The migration that grants to the rooms runs with the tables of the rooms, which are not here.
    ROOMS.forEach(
        room ->
            query("GRANT USAGE ON SCHEMA growth TO growthbus_" + room)
                .iterator()
                .forEachRemaining(row -> {}));
    ROOMS.forEach(room -> query("GRANT SELECT ON growth.erasure_order TO growthbus_" + room));
    query("DELETE FROM growth.erasure_order");
    query("DELETE FROM growth.suppressed_user");
  }

  @AfterEach
  void stop() {
    drivers.forEach(driver -> Await.result(driver.stop()));
    pools.forEach(pool -> Await.result(pool.close()));
  }

  @AfterAll
  static void close() {
    Await.result(VERTX.close());
  }

  private Pool pool(PostgresSettings settings, String room) {
    Pool pool = Postgres.pool(VERTX, settings, room, 2);
    pools.add(pool);
    return pool;
  }

  private List<Row> query(String sql, Object... parameters) {
    List<Row> rows = new ArrayList<>();
    Await.result(owner.preparedQuery(sql).execute(Tuple.wrap(List.of(parameters))))
        .forEach(rows::add);
    return rows;
  }

  private UUID order(String user, boolean suppress, int settleMs) {
    Suppression suppression = new Suppression(VERTX, owner);
    Await.result(suppression.start());
    suppression.stop();
    return query(
            "SELECT growth.order_erasure($1, $2, $3, $4::int8 * interval '1 millisecond') AS id",
            user,
            suppression.hashOf(user),
            suppress,
            (long) settleMs)
        .get(0)
        .getUUID("id");
  }

  private boolean completed(UUID order) {
    return query(
                "SELECT 1 FROM growth.erasure_order WHERE id = $1 AND completed_at IS NOT NULL",
                order)
            .size()
        == 1;
  }

  private Erasures driver(String room, Erasures.Eraser eraser) {
    Erasures driver = new Erasures(VERTX, BUS, pool(DATABASE, room), room, eraser);
    drivers.add(driver);
    driver.start();
    return driver;
  }

  private Future<Void> note(String room, Pass pass) {
    passes.add(room + (pass.repeated() ? " again" : ""));
    return Future.succeededFuture();
  }

  @Test
  void an_order_whose_broadcast_was_lost_is_found_and_ends_when_every_room_is_done() {
    UUID order = order("ada", true, 0);
    for (String room : ROOMS.subList(0, 3)) {
      driver(room, pass -> note(room, pass));
    }
    Await.until("three rooms are done", SOON, () -> passes.size() == 3);
    assertThat(completed(order)).isFalse();

    driver("activation", pass -> note("activation", pass));
    Await.until("the order is completed", SOON, () -> completed(order));
    assertThat(passes).containsExactlyInAnyOrderElementsOf(ROOMS);
    assertThat(query("SELECT 1 FROM growth.erasure_order o WHERE o::text LIKE '%ada%'")).isEmpty();
  }

  @Test
  void rooms_erase_at_once_and_once_more_when_the_order_has_settled_activation_last() {
    UUID order = order("ada", true, 3_000);
    ROOMS.forEach(room -> driver(room, pass -> note(room, pass)).look());
    Await.until("all have erased once", SOON, () -> passes.size() == 4);
    assertThat(passes).containsExactlyInAnyOrderElementsOf(ROOMS);
    assertThat(completed(order)).isFalse();

    Await.until("the order is completed", SOON, () -> completed(order));
    assertThat(passes.subList(4, 8))
        .containsExactlyInAnyOrder(
            "ingest again", "flags again", "entitlements again", "activation again");
    assertThat(passes.indexOf("activation again")).isGreaterThan(passes.indexOf("ingest again"));
  }

  @Test
  void a_pass_that_failed_is_done_again_after_its_lease_and_says_no_name() {
    UUID order = order("ada", true, 0);
    AtomicInteger tries = new AtomicInteger();
    try (CapturedLog log = CapturedLog.of(Erasures.class)) {
      driver(
          "flags",
          pass ->
              tries.incrementAndGet() == 1
                  ? Future.failedFuture(new IllegalStateException("about ada"))
                  : note("flags", pass));
      Await.until("it was tried", SOON, () -> tries.get() == 1 && !log.entries().isEmpty());
      query(
          "UPDATE growth.erasure_part SET leased_until = now() - interval '1 second' WHERE order_id = $1",
          order);
      Await.until("it was tried again", SOON, () -> passes.contains("flags"));
      assertThat(log.entries()).allMatch(entry -> !entry.text().contains("ada"));
    }
  }

  @Test
  void a_pass_that_a_node_is_at_is_not_claimed_by_another_one() {
    order("ada", true, 0);
    String claim = "SELECT * FROM growth.claim_erasure('flags', interval '20 seconds')";
    assertThat(query(claim)).hasSize(1);
    assertThat(query(claim)).isEmpty();
  }

  @Test
  void every_pass_tells_the_edges_again() {
    List<ErasureOrdered> heard = new CopyOnWriteArrayList<>();
    Await.result(BUS.hear(Channels.ERASURE_ORDERED, heard::add));
    UUID order = order("eve", true, 0);
    driver("flags", pass -> note("flags", pass));
    ErasureOrdered expected = new ErasureOrdered(order.toString(), "eve", true);
    Await.until("it is heard", SOON, () -> heard.contains(expected));
  }

  @Test
  void the_same_user_has_one_open_order_and_a_change_of_mind_has_the_rooms_look_again() {
    UUID order = order("ada", true, 0);
    assertThat(order("ada", true, 0)).isEqualTo(order);
    assertThat(order("bob", true, 0)).isNotEqualTo(order);

    Await.until(
        "flags is done",
        SOON,
        () -> {
          query("SELECT * FROM growth.claim_erasure('flags', interval '0 seconds')");
          query("SELECT growth.mark_erasure($1, 'flags')::text", order);
          return query(
                      "SELECT 1 FROM growth.erasure_part WHERE order_id = $1 AND erased_at IS NOT NULL",
                      order)
                  .size()
              == 1;
        });
    assertThat(order("ada", false, 0)).isEqualTo(order);
    assertThat(query("SELECT 1 FROM growth.erasure_part WHERE erased_at IS NOT NULL")).isEmpty();
  }

  @Test
  void a_node_learns_who_is_kept_out_and_who_is_not_any_more() {
    Suppression suppression = new Suppression(VERTX, pool(DATABASE.withRoomRoles(false), "flags"));
    Await.result(suppression.start());
    assertThat(suppression.contains("ada")).isFalse();
    order("ada", true, 0);
    Await.until("it is known by polling", SOON, () -> suppression.contains("ada"));
    assertThat(suppression.contains("bob")).isFalse();
    assertThat(suppression.contains(null)).isFalse();

    order("ada", false, 0);
    Await.result(suppression.refresh());
    assertThat(suppression.contains("ada")).isFalse();
    suppression.stop();
  }

  @Test
  void what_is_kept_out_with_a_user_comes_back_with_the_user() {
    Suppression suppression = new Suppression(VERTX, pool(DATABASE.withRoomRoles(false), "flags"));
    Await.result(suppression.start());
    UUID order = order("ada", true, 0);
    query(
        "SELECT growth.suppress_with($1, ARRAY[$2::uuid])::text",
        order,
        suppression.hashOf("device-1"));
    Await.result(suppression.refresh());
    assertThat(suppression.contains("device-1")).isTrue();

    order("ada", false, 0);
    Await.result(suppression.refresh());
    assertThat(suppression.contains("device-1")).isFalse();
    suppression.stop();
  }

  @Test
  void a_room_orders_and_marks_for_itself_only() {
    UUID order = order("ada", true, 0);
    Pool flags = pool(DATABASE, "flags");
    for (String sql :
        List.of(
            "SELECT growth.mark_erasure('" + order + "', 'ingest')::text",
            "SELECT * FROM growth.claim_erasure('ingest', interval '1 second')",
            "SELECT growth.order_erasure('bob', gen_random_uuid(), true, interval '0')::text",
            "SELECT growth.suppress_with('" + order + "', ARRAY[gen_random_uuid()])::text",
            "UPDATE growth.erasure_order SET completed_at = now(), user_id = NULL",
            "SELECT value FROM growth.generated_secret")) {
      Throwable refused = Await.failure(flags.query(sql).execute());
      assertThat(refused).as(sql).isInstanceOf(PgException.class);
      assertThat(((PgException) refused).getSqlState()).as(sql).isEqualTo("42501");
    }
  }
}
