package io.growthbus.ingest;

import static io.growthbus.ingest.EventJson.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.store.AuditRows;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.DefinitionItem.Source;
import io.growthbus.shared.message.DeleteMeter;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.ListMeters;
import io.growthbus.shared.message.MeterChange;
import io.growthbus.shared.message.MeterList;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.MeterState;
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.PutMeter;
import io.growthbus.shared.message.ReadUsage;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.message.RuleList;
import io.growthbus.shared.message.RuleState;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Settings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Meters as other rooms meet them: over the bus, on a real database, with two nodes. */
class MetersIT {
  private static final String CONFIG =
      """
      {
        "meters": [{"key": "api_calls", "event": "api_call"}, {"key": "unruled", "event": "other"} %s],
        "activation": {"rules": [{"key": "many", "meter": "api_calls", "threshold": 3}]}
      }
      """;

  private static final Duration LONG = Duration.ofSeconds(15);
  private static final Vertx VERTX = Vertx.vertx();
  private static final Bus BUS = new Bus(VERTX);
  private static final Vertx OTHER_VERTX = Vertx.vertx();
  private static final Bus OTHER_BUS = new Bus(OTHER_VERTX);
  private static final Live<GrowthConfig> LIVE = new Live<>(config(""));
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final List<MeterReading> ADVANCED = new CopyOnWriteArrayList<>();
  private static final List<RuleState> RULES = new CopyOnWriteArrayList<>();

  private final String key = "m-" + UUID.randomUUID();
  private final String user = "u-" + UUID.randomUUID();

  private static GrowthConfig config(String more) {
    Problems problems = new Problems();
    GrowthConfig config = GrowthConfigReader.read(CONFIG.formatted(more), problems);
    assertThat(problems.errors()).isEmpty();
    return config;
  }

  private static IngestVerticle room(Bus bus) {
    return new IngestVerticle(
        bus,
        LIVE,
        IngestSettings.from(Settings.defaults()),
        DATABASE,
        () -> Future.succeededFuture(Instant.now()));
  }

  @BeforeAll
  static void start() {
    Await.result(
        Future.all(
            BUS.take(
                Channels.USAGE_ADVANCED,
                fact -> {
                  ADVANCED.addAll(fact.readings());
                  return Future.succeededFuture();
                }),
            BUS.answer(
                Channels.LIST_RULES,
                question -> Future.succeededFuture(new RuleList(1, List.copyOf(RULES)))),
            OTHER_BUS.take(Channels.USAGE_ADVANCED, fact -> Future.succeededFuture())));
    Await.result(VERTX.deployVerticle(room(BUS)));
    Await.result(OTHER_VERTX.deployVerticle(room(OTHER_BUS)));
  }

  @AfterAll
  static void stop() {
    Await.result(Future.all(VERTX.close(), OTHER_VERTX.close()));
  }

  private EventsRecorded record(Bus bus, String name, String properties) {
    byte[] body =
        utf8(
            "{\"batch\":[{\"event_id\":\"%s\",\"name\":\"%s\",\"user_id\":\"%s\",\"timestamp\":%d,\"properties\":%s}]}"
                .formatted(UUID.randomUUID(), name, user, System.currentTimeMillis(), properties));
    return Await.result(
        bus.ask(
            Channels.RECORD_EVENTS,
            new RecordEvents(body, null, true, System.currentTimeMillis())));
  }

  private MeterChange put(String definition) {
    return Await.result(BUS.ask(Channels.PUT_METER, new PutMeter(key, definition, null)));
  }

  private String code(Future<?> refused) {
    return ((RoomException) Await.failure(refused)).code();
  }

  private MeterList list(@Nullable String only) {
    return Await.result(BUS.ask(Channels.LIST_METERS, new ListMeters(only)));
  }

  private String value(String meter) {
    return Await.result(BUS.ask(Channels.READ_USAGE, new ReadUsage(meter, user, false))).value();
  }

  @Test
  void a_meter_counts_on_every_node_from_its_answer_on() {
    put("{\"event\":\"bought\",\"filter\":{\"plan\":\"pro\"},\"sum\":\"price\"}");
    // The other bus is no cluster: this node has not heard of it, its commit is refused once and
    // repeated.
    assertThat(record(OTHER_BUS, "bought", "{\"plan\":\"pro\",\"price\":2.5}").accepted())
        .isEqualTo(1);
    record(BUS, "bought", "{\"plan\":\"pro\",\"price\":1.25}");
    record(BUS, "bought", "{\"plan\":\"free\",\"price\":99}");

    assertThat(value(key)).isEqualTo("3.75");
    Await.until(
        "the reading is announced",
        LONG,
        () ->
            ADVANCED.stream()
                .anyMatch(
                    reading ->
                        reading.userId().equals(user)
                            && reading.meter().equals(key)
                            && reading.count() == 3));
  }

  @Test
  void earlier_events_are_counted_and_the_progress_is_shown() {
    record(BUS, "earlier", "{}");
    record(OTHER_BUS, "earlier", "{}");
    MeterChange change = put("{\"event\":\"earlier\",\"backfill\":true}");
    assertThat(change.meter()).extracting(MeterState::source).isEqualTo(MeterState.Source.API);

    Await.until("the backfill is done", LONG, () -> progress().state().equals("done"));
    record(BUS, "earlier", "{}");
    assertThat(value(key)).isEqualTo("3");
    assertThat(progress().daysDone()).isEqualTo(progress().daysTotal()).isPositive();
  }

  private MeterState.Backfill progress() {
    return Objects.requireNonNull(list(key).meters().get(0).backfill());
  }

  @Test
  void a_meter_that_the_file_adds_or_drops_while_the_node_runs_is_followed() {
    LIVE.set(config(", {\"key\": \"added\", \"event\": \"added\"}"));
    Await.until("it is defined", LONG, () -> keys().contains("added"));
    record(BUS, "added", "{}");
    assertThat(value("added")).isEqualTo("1");

    LIVE.set(config(""));
    Await.until("it is gone", LONG, () -> !keys().contains("added"));
    assertThat(code(BUS.ask(Channels.READ_USAGE, new ReadUsage("added", user, false))))
        .isEqualTo("unknown_meter");
  }

  private List<String> keys() {
    return list(null).meters().stream().map(MeterState::key).toList();
  }

  @Test
  void a_meter_of_a_rule_or_of_the_file_is_not_removed() {
    assertThat(Await.failure(BUS.ask(Channels.DELETE_METER, new DeleteMeter("api_calls", null))))
        .hasFieldOrPropertyWithValue("code", "meter_in_use")
        .hasMessageContaining("many");
    assertThat(code(BUS.ask(Channels.DELETE_METER, new DeleteMeter("unruled", null))))
        .isEqualTo("meter_in_file");
    assertThat(code(BUS.ask(Channels.DELETE_METER, new DeleteMeter(key, null))))
        .isEqualTo("unknown_meter");
  }

  @Test
  void a_meter_that_a_rule_of_an_operator_names_is_not_removed_nor_while_the_rules_are_unknown() {
    put("{\"event\":\"ruled\"}");
    DeleteMeter order = new DeleteMeter(key, null);
    assertThat(code(OTHER_BUS.ask(Channels.DELETE_METER, order))).isEqualTo("store_unavailable");
    for (String rule :
        List.of(
            "{\"meter\":\"%s\",\"threshold\":1}",
            "{\"meter\":\"m\",\"threshold\":1,\"audience\":[{\"attribute\":\"usage.%s\","
                + "\"operator\":\"gt\",\"values\":[1]}]}")) {
      RULES.add(new RuleState("of_operator", rule.formatted(key), Source.API, 1L));
      assertThat(Await.failure(BUS.ask(Channels.DELETE_METER, order)))
          .hasFieldOrPropertyWithValue("code", "meter_in_use")
          .hasMessageContaining("of_operator");
      RULES.clear();
    }
    assertThat(Await.result(BUS.ask(Channels.DELETE_METER, order)).changed()).isTrue();
  }

  @Test
  void a_meter_that_is_removed_counts_no_more_and_one_of_the_file_takes_its_key_again() {
    put("{\"event\":\"gone\"}");
    MeterChange removed = Await.result(BUS.ask(Channels.DELETE_METER, new DeleteMeter(key, null)));
    assertThat(removed.meter()).isNull();
    assertThat(record(OTHER_BUS, "gone", "{}").accepted()).isEqualTo(1);

    Await.result(
        BUS.ask(
            Channels.PUT_METER,
            new PutMeter("unruled", "{\"event\":\"else\",\"reset\":true}", null)));
    Await.result(BUS.ask(Channels.DELETE_METER, new DeleteMeter("unruled", null)));
    Await.until(
        "the file's is back",
        LONG,
        () ->
            keys().contains("unruled")
                && list("unruled").meters().get(0).source() == MeterState.Source.FILE);
  }

  @Test
  void every_change_of_a_meter_is_in_the_audit_and_names_the_nodes_that_count_by_it() {
    MeterChange put = put("{\"event\":\"watched\"}");
    put("{\"event\":\"watched\"}");
    Await.result(BUS.ask(Channels.DELETE_METER, new DeleteMeter(key, null)));

    assertThat(put.nodes()).containsExactly(BUS.node());
    assertThat(put.appliedAtMs()).containsOnlyKeys(BUS.node());
    assertThat(AuditRows.of(DATABASE, key))
        .hasSize(2)
        .anyMatch(
            row -> row.startsWith("operator added meter") && row.contains("\"event\": \"watched\""))
        .anyMatch(row -> row.startsWith("operator removed meter null"));
    assertThat(AuditRows.of(DATABASE, "api_calls"))
        .first()
        .asString()
        .startsWith("file added meter");
  }

  @Test
  void an_order_that_is_wrong_names_all_that_is_wrong_with_it() {
    Throwable refusal =
        Await.failure(
            BUS.ask(
                Channels.PUT_METER,
                new PutMeter(key, "{\"sum\":\"\",\"period\":\"year\",\"x\":1}", null)));

    assertThat(refusal)
        .hasFieldOrPropertyWithValue("code", "invalid_field")
        .hasMessageContainingAll("/event", "/sum", "/period", "/x");
    assertThat(code(BUS.ask(Channels.PUT_METER, new PutMeter("a b", "{}", null))))
        .isEqualTo("invalid_key");
    assertThat(
            code(BUS.ask(Channels.PUT_METER, new PutMeter(key, "{\"event\":\"e\"}", 1_000_000L))))
        .isEqualTo("revision_mismatch");
  }

  @Test
  void the_value_of_a_month_says_when_it_begins_anew() {
    put("{\"event\":\"monthly\",\"period\":\"month\"}");
    record(BUS, "monthly", "{}");
    MeterUsage usage = Await.result(BUS.ask(Channels.READ_USAGE, new ReadUsage(key, user, false)));

    assertThat(usage.value()).isEqualTo("1");
    assertThat(usage.periodStartMs()).isLessThanOrEqualTo(System.currentTimeMillis());
    assertThat(usage.resetsAtMs()).isGreaterThan(System.currentTimeMillis());
    assertThat(value("api_calls")).isEqualTo("0");
  }
}
