package io.growthbus.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.Definition.Kind;
import io.growthbus.shared.message.AuditEntry;
import io.growthbus.shared.message.DeleteDefinition;
import io.growthbus.shared.message.FlagSchedule;
import io.growthbus.shared.message.ListAudit;
import io.growthbus.shared.message.ListDefinitions;
import io.growthbus.shared.message.PutDefinition;
import io.growthbus.shared.message.PutSchedule;
import io.growthbus.shared.message.ReadSchedule;
import io.growthbus.shared.message.ScheduledChange;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Scheduled changes on one database, with two rooms that look for them all the time. */
class ScheduleIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Instant START = Instant.parse("2026-11-24T12:00:00Z");

  private final PostgresSettings database = TestPostgres.freshDatabase();
  private final AtomicReference<Instant> time = new AtomicReference<>(START);
  private final InstantSource clock = time::get;
  private final Live<GrowthConfig> config =
      new Live<>(GrowthConfigReader.read("{}", new Problems()));
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final Vertx otherVertx = Vertx.vertx();
  private final Bus otherBus = new Bus(otherVertx);

  private String start(Vertx where, Bus on) {
    return Await.result(
        where.deployVerticle(
            new FlagsVerticle(
                on, config, new FlagsSettings(Duration.ofMillis(20)), database, null, clock)));
  }

  @AfterEach
  void stop() {
    Await.result(Future.all(vertx.close(), otherVertx.close()));
  }

  private void putFlag() {
    Await.result(
        bus.ask(
            Channels.PUT_DEFINITION, new PutDefinition(Kind.FLAG, "beta", "{}", null, "operator")));
  }

  private Future<FlagSchedule> order(String json) {
    return bus.ask(
        Channels.PUT_SCHEDULE, new PutSchedule("beta", json.replace('\'', '"'), "operator"));
  }

  private FlagSchedule read() {
    return Await.result(bus.ask(Channels.READ_SCHEDULE, new ReadSchedule("beta")));
  }

  private List<AuditEntry> audit(String actor) {
    return Await.result(
            bus.ask(Channels.LIST_AUDIT, new ListAudit(null, "beta", actor, 1_000, null)))
        .items();
  }

  private JsonObject flag() {
    return new JsonObject(
        Await.result(bus.ask(Channels.LIST_DEFINITIONS, new ListDefinitions(Kind.FLAG, "beta")))
            .items()
            .get(0)
            .definition());
  }

  private void awaitAllDone() {
    Await.until(
        "all is done",
        SOON,
        () -> read().changes().stream().allMatch(change -> change.appliedAtMs() != null));
  }

  /** A step per minute, each with another percentage. */
  private static String everyMinute(int steps) {
    return IntStream.rangeClosed(1, steps)
        .mapToObj(
            i ->
                "{'at': '%s', 'change': {'rollout_percentage': %d}}"
                    .formatted(START.plus(Duration.ofMinutes(i)), i))
        .collect(Collectors.joining(",", "[", "]"));
  }

  @Test
  void a_change_is_made_when_its_time_has_come_and_not_before() {
    start(vertx, bus);
    putFlag();
    Await.result(
        order(
            "{'schedule': [{'at': %d, 'change': {'enabled': true, 'rollout_percentage': 25}}]}"
                .formatted(START.plusSeconds(60).toEpochMilli())));
    time.set(START.plusSeconds(59));
    // A look that comes after this one has seen the new time.
    Await.result(order(everyMinute(1)));
    assertThat(read().changes()).singleElement().matches(c -> c.appliedAtMs() == null);
    assertThat(flag().getInteger("rollout_percentage")).isZero();

    time.set(START.plusSeconds(61));
    awaitAllDone();

    assertThat(flag().getInteger("rollout_percentage")).isEqualTo(1);
    assertThat(read().changes())
        .containsExactly(
            new ScheduledChange(
                START.plusSeconds(60).toEpochMilli(),
                null,
                1.0,
                START.plusSeconds(61).toEpochMilli()));
    assertThat(audit("schedule")).singleElement().matches(e -> e.action().equals("changed"));
  }

  @Test
  void two_rooms_make_each_change_once_and_in_order() {
    start(vertx, bus);
    start(otherVertx, otherBus);
    putFlag();
    Await.result(order(everyMinute(20)));

    for (int i = 1; i <= 20; i++) {
      time.set(START.plus(Duration.ofMinutes(i)));
    }
    awaitAllDone();

    assertThat(audit("schedule"))
        .extracting(
            entry ->
                new JsonObject(Objects.requireNonNull(entry.after()))
                    .getInteger("rollout_percentage"))
        .containsExactlyElementsOf(IntStream.rangeClosed(1, 20).mapToObj(i -> 21 - i).toList());
  }

  @Test
  void what_was_missed_while_no_room_ran_is_made_up_for_once_and_in_order() {
    String deployment = start(vertx, bus);
    putFlag();
    Await.result(order(everyMinute(3)));
    Await.result(vertx.undeploy(deployment));
    time.set(START.plus(Duration.ofHours(5)));

    start(vertx, bus);
    awaitAllDone();

    assertThat(audit("schedule")).hasSize(3);
    assertThat(flag().getInteger("rollout_percentage")).isEqualTo(3);
    assertThat(read().changes())
        .allMatch(
            change ->
                Objects.equals(
                    change.appliedAtMs(), START.plus(Duration.ofHours(5)).toEpochMilli()));
  }

  @Test
  void a_schedule_is_checked_as_a_whole() {
    start(vertx, bus);
    putFlag();
    RoomException refusal =
        (RoomException)
            Await.failure(
                order(
                    """
                    [{'at': '2020-01-01T00:00:00Z', 'change': {'enabled': true}},
                     {'at': 'tomorrow', 'change': {'rollout_percentage': 101}},
                     {'change': {}, 'why': 1}]
                    """));

    assertThat(refusal.code()).isEqualTo("invalid_field");
    assertThat(refusal.problems())
        .extracting(FieldProblem::pointer)
        .containsExactlyInAnyOrder(
            "/schedule/0/at",
            "/schedule/1/at",
            "/schedule/1/change/rollout_percentage",
            "/schedule/2/at",
            "/schedule/2/change",
            "/schedule/2/why");
    assertThat(((RoomException) Await.failure(order("[]"))).code()).isEqualTo("invalid_field");
    assertThat(((RoomException) Await.failure(order(everyMinute(21)))).code())
        .isEqualTo("invalid_field");
    Future<FlagSchedule> unknown =
        bus.ask(
            Channels.PUT_SCHEDULE,
            new PutSchedule("gone", everyMinute(1).replace('\'', '"'), "operator"));
    assertThat(((RoomException) Await.failure(unknown)).code()).isEqualTo("unknown_flag");
  }

  @Test
  void a_schedule_that_expects_other_definitions_changes_nothing() {
    start(vertx, bus);
    putFlag();
    long revision =
        Await.result(bus.ask(Channels.LIST_DEFINITIONS, new ListDefinitions(Kind.FLAG, "beta")))
            .revision();
    String changes = everyMinute(2).replace('\'', '"');

    for (String order : new String[] {changes, null}) {
      RoomException refusal =
          (RoomException)
              Await.failure(
                  bus.ask(
                      Channels.PUT_SCHEDULE,
                      new PutSchedule("beta", order, "operator", revision - 1)));
      assertThat(refusal.code()).isEqualTo("revision_mismatch");
    }
    assertThat(read().changes()).isEmpty();

    Await.result(
        bus.ask(Channels.PUT_SCHEDULE, new PutSchedule("beta", changes, "operator", revision)));
    assertThat(read().changes()).hasSize(2);
  }

  @Test
  void a_schedule_is_replaced_removed_and_goes_with_its_flag() {
    start(vertx, bus);
    putFlag();
    Await.result(order(everyMinute(3)));
    Await.result(order(everyMinute(2)));
    assertThat(read().changes()).hasSize(2);

    Await.result(bus.ask(Channels.PUT_SCHEDULE, new PutSchedule("beta", null, "operator")));
    assertThat(read().changes()).isEmpty();
    assertThat(audit("operator"))
        .filteredOn(entry -> entry.kind().equals("schedule"))
        .extracting(AuditEntry::action)
        .containsExactly("removed", "changed", "added");

    Await.result(order(everyMinute(1)));
    Await.result(
        bus.ask(
            Channels.DELETE_DEFINITION, new DeleteDefinition(Kind.FLAG, "beta", null, "operator")));
    assertThat(read().changes()).isEmpty();
  }
}
