package io.growthbus.ingest;

import static io.growthbus.ingest.EventJson.batch;
import static io.growthbus.ingest.EventJson.event;
import static io.growthbus.ingest.EventJson.utf8;
import static io.growthbus.ingest.EventJson.withProperties;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.RejectedEvent;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchDecoderTest {

  private static List<TelemetryEvent> events(byte[] body) {
    DecodedBatch decoded = EventJson.decode(body);
    assertThat(decoded.rejected()).isEmpty();
    return decoded.events();
  }

  private static RoomException refusal(byte[] body) {
    RoomException refused = catchThrowableOfType(RoomException.class, () -> EventJson.decode(body));
    assertThat(refused).as("the body must be refused").isNotNull();
    return refused;
  }

  @Test
  void an_object_with_a_batch_and_the_bare_array_are_the_same() {
    byte[] bare = utf8("[" + event() + "," + event("\"user_id\":\"u1\"") + "]");

    assertThat(events(bare)).hasSize(2);
    assertThat(EventJson.decode(bare))
        .isEqualTo(EventJson.decode(batch(event(), event("\"user_id\":\"u1\""))));
  }

  @Test
  void events_keep_their_order_and_know_their_index() {
    DecodedBatch decoded = EventJson.decode(batch("1", event(), "2", event()));

    assertThat(decoded.events()).extracting(TelemetryEvent::index).containsExactly(1, 3);
    assertThat(decoded.rejected()).extracting(RejectedEvent::index).containsExactly(0, 2);
  }

  @Test
  void an_empty_batch_holds_no_event() {
    assertThat(events(utf8("[]"))).isEmpty();
    assertThat(events(utf8("{\"batch\":[]}"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"sent_at\":\"2026-11-24T00:00:00Z\"",
        "\"sent_at\":1764000000000",
        "\"sent_at\":null",
        "\"sent_at\":{\"batch\":[1,[2]]}",
        "\"sent_at\":[[1],{\"a\":[]}]",
        "\"writeKey\":\"pk_1\",\"userToken\":\"t\"",
      })
  void fields_beside_the_batch_are_passed_over_whatever_they_hold(String field) {
    assertThat(events(utf8("{" + field + ",\"batch\":[" + event() + "]}"))).hasSize(1);
    assertThat(events(utf8("{\"batch\":[" + event() + "]," + field + "}"))).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1764000000000", "1764000000000.75", "1.764E12"})
  void the_time_of_sending_is_read_before_and_after_the_batch(String sentAt) {
    String batch = "\"batch\":[" + event() + "]";

    assertThat(EventJson.decode(utf8("{\"sent_at\":" + sentAt + "," + batch + "}")).sentAtMs())
        .isEqualTo(1_764_000_000_000L);
    assertThat(EventJson.decode(utf8("{" + batch + ",\"sent_at\":" + sentAt + "}")).sentAtMs())
        .isEqualTo(1_764_000_000_000L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "\"1764000000000\"",
        "\"2026-11-24T00:00:00Z\"",
        "[1764000000000]",
        "{\"sent_at\":1764000000000}",
        "1e300",
        "99999999999999999999",
      })
  void a_time_of_sending_that_is_no_number_of_milliseconds_is_none(String sentAt) {
    DecodedBatch decoded =
        EventJson.decode(utf8("{\"sent_at\":" + sentAt + ",\"batch\":[" + event() + "]}"));

    assertThat(decoded.sentAtMs()).isNull();
    assertThat(decoded.events()).hasSize(1);
    assertThat(EventJson.decode(utf8("[" + event() + "]")).sentAtMs()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "  ",
        "null",
        "5",
        "\"batch\"",
        "{}",
        "{\"events\":[]}",
        "{\"batch\":null}",
        "{\"batch\":{}}",
        "{\"batch\":\"[]\"}",
        "{\"batch\":[]",
        "{\"batch\":[],}",
        "{\"batch\":[],\"batch\":[]}",
        "{\"batch\":1,\"batch\":[]}",
        "{'batch':[]}",
        "[",
        "[}",
        "[NaN]",
        "[01]",
        "[\"\\x\"]",
        "[] []",
        "[] x",
        "[],",
        "batch=[]",
        "<batch/>",
      })
  void a_body_that_is_no_batch_is_an_invalid_envelope(String body) {
    RoomException refused = refusal(utf8(body));

    assertThat(refused.code()).isEqualTo("invalid_envelope");
    assertThat(refused.kind()).isEqualTo(ErrorKind.INVALID);
  }

  @Test
  void broken_json_after_good_events_makes_the_whole_body_unusable() {
    assertThat(refusal(utf8("[" + event() + ",{\"event_id\":]")).code())
        .isEqualTo("invalid_envelope");
  }

  @Test
  void the_refusal_of_a_body_repeats_nothing_of_it() {
    assertThat(refusal(utf8("[<script>")).text()).doesNotContain("script");
  }

  @Test
  void five_hundred_events_are_a_batch_and_one_more_is_too_large() {
    List<String> full = Collections.nCopies(500, event());

    assertThat(events(batch(full.toArray(String[]::new)))).hasSize(500);

    RoomException refused = refusal(batch(String.join(",", full), "1"));
    assertThat(refused.code()).isEqualTo("too_many_events");
    assertThat(refused.kind()).isEqualTo(ErrorKind.TOO_LARGE);
  }

  @Test
  void a_byte_order_mark_before_the_json_is_passed_over() {
    assertThat(events(utf8("\uFEFF" + new String(batch(event()), StandardCharsets.UTF_8))))
        .hasSize(1);
  }

  @Test
  void json_in_another_encoding_than_utf_8_is_an_invalid_envelope() {
    String text = new String(batch(event()), StandardCharsets.UTF_8);

    assertThat(refusal(text.getBytes(StandardCharsets.UTF_16)).code())
        .isEqualTo("invalid_envelope");
    assertThat(refusal(text.getBytes(StandardCharsets.UTF_16LE)).code())
        .isEqualTo("invalid_envelope");
  }

  @Test
  void bytes_that_are_not_utf_8_are_an_invalid_envelope() {
    byte[] body = batch(event("\"user_id\":\"???\""));
    int at = new String(body, StandardCharsets.ISO_8859_1).indexOf("???");
    body[at] = (byte) 0xED;
    body[at + 1] = (byte) 0xA0;
    body[at + 2] = (byte) 0x80;

    assertThat(refusal(body).code()).isEqualTo("invalid_envelope");
  }

  @Test
  void what_is_extreme_but_json_costs_its_own_event_only() {
    String deep = "[".repeat(10_000) + "]".repeat(10_000);
    String digits = "1".repeat(20_000);
    String key = "k".repeat(200_000);

    DecodedBatch decoded =
        EventJson.decode(
            batch(
                event("\"other\":" + deep),
                withProperties("{\"a\":" + deep + "}"),
                withProperties("{\"a\":" + digits + "}"),
                event("\"other\":" + digits),
                withProperties("{\"" + key + "\":1}"),
                event("\"" + key + "\":1"),
                digits,
                deep,
                event()));

    assertThat(decoded.events()).extracting(TelemetryEvent::index).containsExactly(0, 3, 8);
    assertThat(decoded.rejected())
        .extracting(RejectedEvent::code)
        .containsExactly(
            "too_deep",
            "invalid_number",
            "key_too_long",
            "event_too_large",
            "not_an_object",
            "not_an_object");
  }

  @Test
  void a_name_that_a_sender_invents_is_not_kept_after_its_body() {
    byte[] body = batch(withProperties("{\"an_invented_name\":1}"));

    String first = events(body).get(0).propertyNames().iterator().next();
    String second = events(body).get(0).propertyNames().iterator().next();

    assertThat(second).isEqualTo(first).isNotSameAs(first);
  }

  @Property(tries = 300)
  void any_bytes_are_either_a_batch_or_an_invalid_envelope(@ForAll("nearlyBatches") byte[] body) {
    try {
      assertThat(EventJson.decode(body)).isNotNull();
    } catch (RoomException refused) {
      assertThat(refused.code()).isEqualTo("invalid_envelope");
    }
  }

  /** A good batch in which a few bytes are replaced, or which ends early. */
  @Provide
  Arbitrary<byte[]> nearlyBatches() {
    byte[] good = batch(event("\"consent\":{\"a\":true}"), withProperties("{\"a\":[1.5e3,\"ü\"]}"));
    Arbitrary<Integer> place = Arbitraries.integers().between(0, good.length - 1);
    Arbitrary<List<Integer>> places = place.list().ofMinSize(1).ofMaxSize(3);
    Arbitrary<Byte> value =
        Arbitraries.oneOf(
            Arbitraries.bytes(), Arbitraries.of((byte) '"', (byte) '{', (byte) ']', (byte) '\\'));
    Arbitrary<Integer> length = Arbitraries.integers().between(1, good.length);
    return net.jqwik.api.Combinators.combine(places, value, length)
        .as(
            (at, with, end) -> {
              byte[] mutant = java.util.Arrays.copyOf(good, end);
              at.stream().filter(i -> i < end).forEach(i -> mutant[i] = with);
              return mutant;
            });
  }
}
