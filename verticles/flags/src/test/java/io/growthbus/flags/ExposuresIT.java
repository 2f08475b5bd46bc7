package io.growthbus.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.Exposure;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The way of exposures to an ingest that a test speaks for. */
class ExposuresIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final long NOW = 1_795_500_000_000L;
  private static final FlagAnswer BLUE =
      new FlagAnswer("#00f", "blue", "SPLIT", 12, "near", 7, null);

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final Context loop = vertx.getOrCreateContext();
  private final Exposures exposures =
      new Exposures(vertx, bus, InstantSource.fixed(Instant.ofEpochMilli(NOW)));
  private final List<RecordEvents> orders = new CopyOnWriteArrayList<>();
  private volatile Supplier<Future<EventsRecorded>> ingest =
      () -> Future.succeededFuture(new EventsRecorded(1, 0, List.of(), 0));

  @BeforeEach
  void speakForIngest() {
    Await.result(
        bus.answer(
            Channels.RECORD_EVENTS,
            order -> {
              orders.add(order);
              return ingest.get();
            }));
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private void note(@Nullable String user, boolean proven, FlagAnswer... answers) {
    onLoop(
        () -> {
          for (FlagAnswer answer : answers) {
            exposures.note(user, proven, "checkout", answer);
          }
          return Future.succeededFuture();
        });
  }

  private <T> T onLoop(Supplier<Future<T>> action) {
    Promise<T> done = Promise.promise();
    loop.runOnContext(now -> action.get().onComplete(done));
    return Await.result(done.future());
  }

  private void drain() {
    onLoop(exposures::drain);
  }

  private List<JsonObject> events() {
    return orders.stream()
        .flatMap(
            order ->
                Objects.requireNonNull(
                    Buffer.buffer(order.body()).toJsonObject().getJsonArray("batch"))
                    .stream())
        .map(JsonObject.class::cast)
        .toList();
  }

  @Test
  void an_exposure_is_an_event_of_the_user_under_the_id_that_everyone_gives_it() {
    note("ada", true, BLUE);
    Await.until("it is sent", SOON, () -> !orders.isEmpty());

    assertThat(events())
        .containsExactly(
            new JsonObject()
                .put("event_id", Exposure.id("ada", "checkout", 7, "blue").toString())
                .put("schema_version", "1.0.0")
                .put("user_id", "ada")
                .put("timestamp", NOW)
                .put("name", "$exposure")
                .put(
                    "properties",
                    new JsonObject()
                        .put("flag", "checkout")
                        .put("variant", "blue")
                        .put("revision", 7)
                        .put("reason", "SPLIT")
                        .put("rule", "near")));
    assertThat(orders.get(0).trusted()).isTrue();
    assertThat(orders.get(0).verifiedUserId()).isNull();
  }

  @Test
  void it_is_sent_once_until_the_flag_or_the_variant_is_another() {
    FlagAnswer edited = new FlagAnswer("#00f", "blue", "SPLIT", 13, "near", 13, null);
    FlagAnswer green = new FlagAnswer("#0f0", "green", "SPLIT", 12, null, 7, null);
    FlagAnswer later = new FlagAnswer("#00f", "blue", "SPLIT", 99, "near", 7, null);
    note("ada", true, BLUE, BLUE, later, edited, green);
    drain();
    note("ada", true, BLUE, edited, green);
    note("bob", true, BLUE);
    drain();

    assertThat(events())
        .hasSize(4)
        .extracting(event -> event.getString("event_id"))
        .doesNotHaveDuplicates();
  }

  @Test
  void what_decides_nothing_about_a_user_is_no_exposure() {
    note(null, true, BLUE);
    note(
        "ada",
        true,
        new FlagAnswer(false, null, "FLAG_NOT_FOUND", 12),
        new FlagAnswer(false, "off", "TARGETING_KEY_MISSING", 12),
        new FlagAnswer(false, "off", "FACTS_UNAVAILABLE", 12));
    drain();

    assertThat(orders).isEmpty();
  }

  @Test
  void a_user_who_is_not_proven_is_not_said_to_be() {
    note("ada", true, BLUE);
    note("bob", false, BLUE);
    note("eve", false, BLUE);
    drain();

    assertThat(orders).extracting(RecordEvents::trusted).containsExactly(true, false);
  }

  @Test
  void what_ingest_cannot_take_now_is_offered_again_under_the_same_id() {
    ingest =
        () -> {
          ingest = () -> Future.succeededFuture(new EventsRecorded(0, 1, List.of(), 0));
          return Future.failedFuture(new RoomException(ErrorKind.UNAVAILABLE, "busy", "Later."));
        };
    note("ada", true, BLUE);

    Await.until("it is sent again", SOON, () -> orders.size() == 2);
    assertThat(events())
        .extracting(event -> event.getString("event_id"))
        .hasSize(2)
        .allMatch(events().get(0).getString("event_id")::equals);
    assertThat(exposures.lost()).isZero();
  }

  @Test
  void what_is_noted_while_ingest_is_slow_waits_for_the_pause_after_its_refusal() {
    Promise<EventsRecorded> held = Promise.promise();
    ingest = held::future;
    note("ada", true, BLUE);
    Await.until("ingest is busy", SOON, () -> orders.size() == 1);
    note("bob", true, BLUE);
    ingest = () -> Future.succeededFuture(new EventsRecorded(2, 0, List.of(), 0));

    long refused = System.nanoTime();
    held.fail(new RoomException(ErrorKind.UNAVAILABLE, "busy", "Later."));

    Await.until("it is sent again", SOON, () -> orders.size() == 2);
    assertThat(Duration.ofNanos(System.nanoTime() - refused)).isGreaterThan(Duration.ofMillis(900));
    assertThat(events())
        .extracting(event -> event.getString("user_id"))
        .containsExactly("ada", "ada", "bob");
  }

  @Test
  void what_is_noted_while_a_batch_is_under_way_follows_it() {
    Promise<EventsRecorded> held = Promise.promise();
    ingest = held::future;
    note("ada", true, BLUE);
    Await.until("ingest is busy", SOON, () -> orders.size() == 1);
    note("bob", true, BLUE);
    ingest = () -> Future.succeededFuture(new EventsRecorded(1, 0, List.of(), 0));
    held.complete(new EventsRecorded(1, 0, List.of(), 0));

    Await.until("it is sent too", SOON, () -> orders.size() == 2);
    note("eve", true, BLUE);
    Await.until("so are later ones", SOON, () -> orders.size() == 3);
  }

  @Test
  void what_finds_the_queue_full_is_lost_and_counted_and_the_rest_arrives() {
    Promise<EventsRecorded> held = Promise.promise();
    ingest = held::future;
    note("first", true, BLUE);
    Await.until("ingest is busy", SOON, () -> orders.size() == 1);
    onLoop(
        () -> {
          for (int i = 0; i < Exposures.MOST_WAITING + 5; i++) {
            exposures.note("u" + i, true, "checkout", BLUE);
          }
          return Future.succeededFuture();
        });

    assertThat(exposures.lost()).isEqualTo(5);
    ingest = () -> Future.succeededFuture(new EventsRecorded(1, 0, List.of(), 0));
    held.complete(new EventsRecorded(1, 0, List.of(), 0));
    drain();
    assertThat(events()).hasSize(Exposures.MOST_WAITING + 1);
  }

  @Test
  void nothing_is_sent_of_a_user_who_is_erased_meanwhile() {
    onLoop(
        () -> {
          exposures.note("ada", true, "checkout", BLUE);
          exposures.note("bob", true, "checkout", BLUE);
          exposures.forget("ada");
          return exposures.drain();
        });

    assertThat(events()).extracting(event -> event.getString("user_id")).containsExactly("bob");
  }

  @Test
  void what_ingest_refuses_for_good_is_lost_and_may_be_noted_again() {
    ingest = () -> Future.failedFuture(new RoomException(ErrorKind.INVALID, "bad", "No."));
    note("ada", true, BLUE);
    drain();
    ingest = () -> Future.succeededFuture(new EventsRecorded(1, 0, List.of(), 0));
    note("ada", true, BLUE);
    drain();

    assertThat(exposures.lost()).isEqualTo(1);
    assertThat(orders).hasSize(2);
  }
}
