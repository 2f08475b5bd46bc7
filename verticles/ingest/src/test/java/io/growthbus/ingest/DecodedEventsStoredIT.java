package io.growthbus.ingest;

import static io.growthbus.ingest.EventJson.batch;
import static io.growthbus.ingest.EventJson.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.store.EventStore;
import io.growthbus.ingest.store.EventStore.NewEvent;
import io.growthbus.ingest.store.MeterSet;
import io.growthbus.ingest.store.PgEventStore;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.StoredEvent;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/** What the decoder lets through and what PostgreSQL can keep are the same. */
class DecodedEventsStoredIT {
  private static final long RECEIVED_MS = EventJson.TIME_MS;
  private static final Vertx VERTX = Vertx.vertx();
  private static final EventStore STORE =
      new PgEventStore(Postgres.pool(VERTX, TestPostgres.freshDatabase(), "ingest", 2));

  @Property(tries = 60)
  void every_event_that_is_accepted_is_stored_and_comes_back_with_its_properties(
      @ForAll @Size(min = 5, max = 20) List<@From("fields") String> events) {
    String[] bodies =
        events.stream().map(fields -> event(UUID.randomUUID(), fields)).toArray(String[]::new);
    DecodedBatch decoded = EventJson.decode(batch(bodies));
    assertThat(decoded.events().size() + decoded.rejected().size()).isEqualTo(bodies.length);
    List<NewEvent> accepted =
        decoded.events().stream().map(e -> new NewEvent(e, true, RECEIVED_MS)).toList();

    collectShare(decoded);

    var committed = Await.result(STORE.commit(accepted, MeterSet.of(0, List.of())));

    assertThat(committed.inserted()).hasSize(accepted.size());
    for (TelemetryEvent event : decoded.events()) {
      assertThat(plain(readBack(event).properties()))
          .isEqualTo(plain(new JsonObject(event.propertiesJson()).getMap()));
    }
  }

  /** The rule would hold for a decoder that rejects everything; this one must not. */
  private static void collectShare(DecodedBatch decoded) {
    decoded.events().forEach(event -> Statistics.collect("accepted"));
    decoded.rejected().forEach(event -> Statistics.collect("rejected"));
    Statistics.coverage(
        coverage -> {
          coverage.check("accepted").percentage(share -> share > 25);
          coverage.check("rejected").count(count -> count > 0);
        });
  }

  private static StoredEvent readBack(TelemetryEvent event) {
    return Await.result(STORE.list(new ListEvents(event.userId(), null, 1_000, null)))
        .items()
        .stream()
        .filter(stored -> stored.eventId().equals(event.eventId().toString()))
        .findFirst()
        .orElseThrow();
  }

  /** The same value with every number as a double: a number may be written in several ways. */
  private static @Nullable Object plain(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> copy = new HashMap<>();
      map.forEach((key, inner) -> copy.put((String) key, plain(inner)));
      return copy;
    }
    if (value instanceof List<?> list) {
      return list.stream().map(DecodedEventsStoredIT::plain).collect(Collectors.toList());
    }
    // Adding zero turns the negative zero, which PostgreSQL does not know, into zero.
    return value instanceof Number number ? (Object) (number.doubleValue() + 0.0) : value;
  }

  /** A user and properties of any kind, now and then beyond what is accepted. */
  @Provide
  Arbitrary<String> fields() {
    return Combinators.combine(texts(), objects(values(3)))
        .as((user, properties) -> "\"user_id\":" + user + ",\"properties\":" + properties);
  }

  private static Arbitrary<String> values(int depth) {
    Arbitrary<String> leaf =
        Arbitraries.oneOf(texts(), numbers(), Arbitraries.of("true", "false", "null", "{}", "[]"));
    if (depth == 0) {
      return leaf;
    }
    Arbitrary<String> inner = values(depth - 1);
    return Arbitraries.oneOf(
        leaf,
        objects(inner),
        inner.list().ofMaxSize(4).map(list -> "[" + String.join(",", list) + "]"));
  }

  private static Arbitrary<String> objects(Arbitrary<String> values) {
    return Combinators.combine(
            texts().list().ofMaxSize(4).uniqueElements(), values.list().ofSize(4))
        .as(
            (keys, inner) -> {
              List<String> fields = new ArrayList<>();
              for (int i = 0; i < keys.size(); i++) {
                fields.add(keys.get(i) + ":" + inner.get(i));
              }
              return "{" + String.join(",", fields) + "}";
            });
  }

  private static Arbitrary<String> numbers() {
    return Arbitraries.oneOf(
        Arbitraries.longs().map(String::valueOf),
        Arbitraries.doubles().map(String::valueOf),
        Arbitraries.bigDecimals().map(String::valueOf),
        Arbitraries.integers().between(-3_000, 400).map(exponent -> "1e" + exponent),
        Arbitraries.of(
            "1.7976931348623157e308",
            "5e-324",
            "0e616",
            "0e-616",
            "0e2000000000",
            "0e2147483648",
            "1e-17000",
            "-0.0",
            "9".repeat(64),
            "0." + "1".repeat(62)));
  }

  /** JSON texts: any characters, whole or half pairs and NUL rarely, escaped or not. */
  private static Arbitrary<String> texts() {
    Arbitrary<String> pieces =
        Arbitraries.frequencyOf(
            Tuple.of(
                40, Arbitraries.chars().range(' ', '\uD7FF').map(DecodedEventsStoredIT::written)),
            Tuple.of(
                20,
                Arbitraries.chars()
                    .range('\u0001', '\u007F')
                    .map(c -> "\\u%04x".formatted((int) c))),
            Tuple.of(
                20, Arbitraries.of("{", "}", ",", "\\\"", "\\\\", "NULL", "'", "\uFFFF", "😀")),
            Tuple.of(1, Arbitraries.of("\\u0000", "\\ud83d", "\\ude00")));
    return pieces.list().ofMinSize(1).ofMaxSize(8).map(list -> '"' + String.join("", list) + '"');
  }

  private static String written(char c) {
    return c == '"' || c == '\\' ? "\\" + c : String.valueOf(c);
  }
}
