package io.growthbus.activation;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.IngestSettings;
import io.growthbus.ingest.IngestVerticle;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.ThresholdCrossed;
import io.growthbus.shared.erasure.Suppression;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.message.StoredEvent;
import io.growthbus.shared.message.UsageAdvanced;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Settings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.CapturedLog;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What ingest stores of crossings, whatever happens between the two rooms. */
class CrossingEventsIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Live<GrowthConfig> CONFIG =
      new Live<>(
          GrowthConfigReader.read(
              """
              {"meters": [{"key": "projects", "event": "p", "period": "month"}],
               "consent": {"required": true},
               "activation": {"rules": [{"key": "three", "meter": "projects", "threshold": 3}]}}
              """,
              new Problems()));

  private final TestDatabase database = new TestDatabase();
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private void startActivation() {
    ActivationSettings settings =
        new ActivationSettings(
            Duration.ofMillis(50), Duration.ofSeconds(10), Duration.ofMinutes(5), 100);
    Await.result(
        vertx.deployVerticle(new ActivationVerticle(bus, CONFIG, settings, database.settings())));
  }

  private void startIngest() {
    Await.result(
        vertx.deployVerticle(
            new IngestVerticle(
                bus, CONFIG, IngestSettings.from(Settings.defaults()), database.settings())));
  }

  private EventsRecorded record(String user, String name, int times) {
    JsonArray events = new JsonArray();
    for (int i = 0; i < times; i++) {
      events.add(
          new JsonObject()
              .put("event_id", UUID.randomUUID().toString())
              .put("name", name)
              .put("user_id", user)
              .put("consent", new JsonObject().put("analytics", true))
              .put("timestamp", System.currentTimeMillis()));
    }
    return Await.result(
        bus.ask(
            Channels.RECORD_EVENTS,
            new RecordEvents(
                new JsonObject().put("batch", events).toBuffer().getBytes(),
                null,
                true,
                System.currentTimeMillis())));
  }

  private List<StoredEvent> told(String user) {
    return Await.result(
            bus.ask(Channels.LIST_EVENTS, new ListEvents(user, ThresholdCrossed.EVENT, 10, null)))
        .items();
  }

  private boolean allTold() {
    try {
      return database
          .value(
              "SELECT count(*) || ' of ' || count(tell_after) FROM activation.crossing"
                  + " HAVING count(*) > 0")
          .endsWith(" of 0");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean activationHasErased() {
    try {
      return database
          .value(
              "SELECT count(*) FROM growth.erasure_part WHERE room = 'activation' AND passes > 0")
          .equals("1");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void untold() throws SQLException {
    database.execute("UPDATE activation.crossing SET tell_after = now()");
  }

  @Test
  void a_crossing_is_one_event_of_its_user_and_says_what_was_crossed() throws SQLException {
    startIngest();
    startActivation();
    record("ada", "p", 4);

    Await.until("the crossing is told", SOON, this::allTold);
    StoredEvent event = told("ada").get(0);
    assertThat(told("ada")).hasSize(1);
    JsonObject properties = new JsonObject(event.properties());
    assertThat(properties.getString("rule")).isEqualTo("three");
    assertThat(properties.getString("meter")).isEqualTo("projects");
    assertThat(properties.getInteger("threshold")).isEqualTo(3);
    assertThat(properties.getInteger("count")).isEqualTo(4);
    assertThat(properties.getInteger("epoch")).isZero();
    assertThat(properties.getString("step")).isEqualTo("count");
    assertThat(properties.getInteger("step_number")).isEqualTo(1);
    String month = properties.getString("period");
    assertThat(month)
        .isEqualTo(
            database.value("SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date::text"));
    assertThat(event.eventId())
        .isEqualTo(ThresholdCrossed.id("three", 0, month, "count", 1, "ada").toString());

    untold();
    Await.until("it is told again", SOON, this::allTold);
    assertThat(told("ada")).hasSize(1);
  }

  @Test
  void a_crossing_that_ingest_could_not_take_is_told_when_it_can() throws SQLException {
    try (CapturedLog log = CapturedLog.of(Chore.class)) {
      startActivation();
      bus.send(
          Channels.USAGE_ADVANCED,
          new UsageAdvanced(
              List.of(new MeterReading("ada", "projects", 3, null, System.currentTimeMillis()))));
      Await.until(
          "it could not be told",
          SOON,
          () -> log.entries().stream().anyMatch(entry -> entry.text().contains("telling")));
    }
    assertThat(allTold()).isFalse();

    startIngest();
    // As if its lease were over.
    untold();
    Await.until("it is told", SOON, this::allTold);
    assertThat(told("ada")).hasSize(1);
  }

  @Test
  void of_a_user_who_was_erased_nothing_is_told() throws SQLException {
    startIngest();
    startActivation();
    Pool pool = Postgres.pool(vertx, database.settings(), "activation");
    Suppression known = new Suppression(vertx, pool);
    Await.result(known.refresh());
    database.execute(
        "SELECT growth.order_erasure('gone', '"
            + known.hashOf("gone")
            + "', true, interval '1 hour')");
    Await.until("it is known", SOON, () -> record("gone", "noise", 1).accepted() == 0);
    Await.until("what was there is erased", SOON, this::activationHasErased);
    database.execute(
        """
        INSERT INTO activation.crossing (rule, user_id, meter, threshold, at_count, step_value)
        VALUES ('three', 'gone', 'projects', 3, 3, 3)
        """);

    Await.until("nothing is left to tell", SOON, this::allTold);
    assertThat(told("gone")).isEmpty();
    Await.result(pool.close());
  }

  @Test
  void the_name_of_the_seeds_client_is_an_event_like_any_other() {
    startIngest();

    assertThat(record("ada", "activation_threshold_crossed", 1).accepted()).isEqualTo(1);
    assertThat(record("ada", ThresholdCrossed.EVENT, 1).accepted()).isZero();
  }
}
