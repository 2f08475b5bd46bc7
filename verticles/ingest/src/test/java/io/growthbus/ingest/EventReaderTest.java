package io.growthbus.ingest;

import static io.growthbus.ingest.EventJson.ID;
import static io.growthbus.ingest.EventJson.TIME_MS;
import static io.growthbus.ingest.EventJson.batch;
import static io.growthbus.ingest.EventJson.event;
import static io.growthbus.ingest.EventJson.withProperties;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.growthbus.ingest.core.ConsentStatement;
import io.growthbus.ingest.core.ConsentStatement.State;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.shared.message.RejectedEvent;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each event is read between two good ones, which must survive whatever it holds. */
class EventReaderTest {

  private static DecodedBatch between(String event) {
    DecodedBatch decoded = EventJson.decode(batch(event(), event, event()));
    assertThat(decoded.events()).extracting(TelemetryEvent::index).contains(0, 2);
    return decoded;
  }

  private static TelemetryEvent read(String event) {
    DecodedBatch decoded = between(event);
    assertThat(decoded.rejected()).isEmpty();
    return decoded.events().get(1);
  }

  private static RejectedEvent rejected(String event) {
    DecodedBatch decoded = between(event);
    assertThat(decoded.rejected()).as("the event must be rejected").hasSize(1);
    assertThat(decoded.rejected().get(0).index()).isEqualTo(1);
    return decoded.rejected().get(0);
  }

  @Test
  void every_field_of_an_event_is_read() {
    String json =
        event(
            "\"schema_version\":\"2.1.0\"",
            "\"user_id\":\"u1\"",
            "\"account_id\":\"a1\"",
            "\"anonymous_id\":\"n1\"",
            "\"message_id\":\"m1\"",
            "\"consent\":{\"analytics\":true}",
            "\"properties\":{\"b\":1,\"a\":{\"c\":[true,null,\"x\"]},\"n\":null}");
    TelemetryEvent event = read(json);

    assertThat(event.eventId()).isEqualTo(ID);
    assertThat(event.schemaVersion()).isEqualTo("2.1.0");
    assertThat(event.userId()).isEqualTo("u1");
    assertThat(event.accountId()).isEqualTo("a1");
    assertThat(event.anonymousId()).isEqualTo("n1");
    assertThat(event.messageId()).isEqualTo("m1");
    assertThat(event.timestampMs()).isEqualTo(TIME_MS);
    assertThat(event.name()).isEqualTo("api_call");
    assertThat(event.consent()).isEqualTo(ConsentStatement.of("analytics", State.GRANTED));
    assertThat(event.propertiesJson())
        .isEqualTo("{\"b\":1,\"a\":{\"c\":[true,null,\"x\"]},\"n\":null}");
    assertThat(event.propertyNames()).containsExactlyInAnyOrder("a", "b");
    assertThat(event.bytes()).isEqualTo(json.length());
  }

  @Test
  void what_is_optional_may_be_absent_or_null() {
    TelemetryEvent nulls =
        read(
            event(
                "\"user_id\":null",
                "\"account_id\":null",
                "\"anonymous_id\":null",
                "\"message_id\":null",
                "\"consent\":null",
                "\"properties\":null"));

    assertThat(nulls).usingRecursiveComparison().ignoringFields("bytes").isEqualTo(read(event()));
    assertThat(nulls.userId()).isNull();
    assertThat(nulls.consent()).isEqualTo(ConsentStatement.NONE);
    assertThat(nulls.schemaVersion()).isEqualTo("1.0.0");
    assertThat(nulls.propertiesJson()).isEqualTo("{}");
    assertThat(nulls.propertyNames()).isEmpty();
  }

  @Test
  void a_consent_has_three_states_and_its_purposes_are_scrubbed() {
    assertThat(
            read(event("\"consent\":{\"a\":true,\"b\":false,\"c\":null,\"x@example.com\":true}"))
                .consent())
        .isEqualTo(
            ConsentStatement.of("a", State.GRANTED)
                .and(ConsentStatement.of("b", State.DENIED))
                .and(ConsentStatement.of("c", State.PENDING))
                .and(ConsentStatement.of("[email]", State.GRANTED)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "null", "\"x\"", "[[1],{}]", "{\"event_id\":{\"name\":[]}}"})
  void a_field_that_is_not_known_is_passed_over(String value) {
    assertThat(read(event("\"received_at\":" + value)).eventId()).isEqualTo(ID);
  }

  @ParameterizedTest
  @CsvSource({
    "1764000000123,1764000000123",
    "1764000000123.75,1764000000123",
    "1.764e12,1764000000000",
    "0,0",
    "-5,-5",
    "9223372036854775807,9223372036854775807",
  })
  void a_timestamp_is_a_number_and_fractions_are_cut(String json, long expected) {
    String event = "{\"timestamp\":" + json + ",\"name\":\"n\",\"event_id\":\"" + ID + "\"}";

    assertThat(read(event).timestampMs()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0.0", "0.0.1", "999999999.0.0", "1.2.3-rc.1", "1.2.3+build.5"})
  void a_schema_version_is_a_semantic_version(String version) {
    assertThat(read(event("\"schema_version\":\"" + version + "\"")).schemaVersion())
        .isEqualTo(version);
  }

  @Test
  void an_id_may_have_200_characters_and_any_of_them_that_can_be_stored() {
    String id = "ü😀/\\\\\\\"{}, \\u0001".repeat(12);

    assertThat(read(event("\"user_id\":\"" + id + "\"")).userId())
        .startsWith("ü😀/\\\"{}, \u0001ü");
    assertThat(read(event("\"user_id\":\"" + "x".repeat(200) + "\"")).userId()).hasSize(200);
  }

  @Test
  void an_event_may_take_32_kib_and_not_one_byte_more() {
    int frame = event("\"x\":\"\"").length();
    String fits = event("\"x\":\"" + "x".repeat(32 * 1024 - frame) + "\"");
    String tooLarge = event("\"x\":\"" + "x".repeat(32 * 1024 - frame + 1) + "\"");

    assertThat(read(fits).bytes()).isEqualTo(32 * 1024);
    assertThat(rejected(tooLarge).code()).isEqualTo("event_too_large");
  }

  @Test
  void the_size_of_an_event_is_counted_in_bytes_and_not_in_characters() {
    assertThat(rejected(event("\"x\":\"" + "ü".repeat(17 * 1024) + "\"")).code())
        .isEqualTo("event_too_large");
  }

  static Stream<Arguments> badEvents() {
    String time = "\"timestamp\":1";
    String name = "\"name\":\"n\"";
    String id = "\"event_id\":\"" + ID + "\"";
    return Stream.of(
        arguments("5", "not_an_object", ""),
        arguments("null", "not_an_object", ""),
        arguments("\"" + "x".repeat(9_000) + "\"", "not_an_object", ""),
        arguments("[1,[2],{\"a\":[]}]", "not_an_object", ""),
        arguments("{}", "missing_field", "/event_id"),
        arguments("{" + name + "," + time + "}", "missing_field", "/event_id"),
        arguments("{" + id + "," + time + "}", "missing_field", "/name"),
        arguments("{" + id + "," + name + "}", "missing_field", "/timestamp"),
        arguments("{\"event_id\":7," + name + "," + time + "}", "wrong_type", "/event_id"),
        arguments(
            "{\"event_id\":\"7\"," + name + "," + time + "}", "invalid_event_id", "/event_id"),
        arguments(
            "{\"event_id\":\"1-1-1-1-1\"," + name + "," + time + "}",
            "invalid_event_id",
            "/event_id"),
        arguments("{\"name\":7," + id + "," + time + "}", "wrong_type", "/name"),
        arguments("{\"name\":\"\"," + id + "," + time + "}", "invalid_name", "/name"),
        arguments("{\"name\":\"a/b\"," + id + "," + time + "}", "invalid_name", "/name"),
        arguments("{\"name\":\"a\\n\"," + id + "," + time + "}", "invalid_name", "/name"),
        arguments(
            "{\"name\":\"" + "x".repeat(101) + "\"," + id + "," + time + "}", "too_long", "/name"),
        arguments("{\"timestamp\":\"1\"," + id + "," + name + "}", "wrong_type", "/timestamp"),
        arguments("{\"timestamp\":null," + id + "," + name + "}", "wrong_type", "/timestamp"),
        arguments("{\"timestamp\":{}," + id + "," + name + "}", "wrong_type", "/timestamp"),
        arguments("{\"timestamp\":1e16," + id + "," + name + "}", "wrong_type", "/timestamp"),
        arguments("{\"timestamp\":1e400000," + id + "," + name + "}", "wrong_type", "/timestamp"),
        arguments(
            "{\"timestamp\":9223372036854775808," + id + "," + name + "}",
            "wrong_type",
            "/timestamp"),
        arguments(event("\"user_id\":5"), "wrong_type", "/user_id"),
        arguments(event("\"user_id\":{\"$ne\":[1]}"), "wrong_type", "/user_id"),
        arguments(event("\"user_id\":\"\""), "empty_id", "/user_id"),
        arguments(event("\"user_id\":\"" + "x".repeat(201) + "\""), "too_long", "/user_id"),
        arguments(event("\"user_id\":\"a\\u0000\""), "invalid_text", "/user_id"),
        arguments(event("\"account_id\":\"\\ud800\""), "invalid_text", "/account_id"),
        arguments(event("\"anonymous_id\":\"\\udc00x\""), "invalid_text", "/anonymous_id"),
        arguments(event("\"message_id\":\"\""), "empty_id", "/message_id"),
        arguments(event("\"message_id\":7"), "wrong_type", "/message_id"),
        arguments(event("\"message_id\":\"" + "m".repeat(129) + "\""), "too_long", "/message_id"),
        arguments(event("\"schema_version\":1"), "wrong_type", "/schema_version"),
        arguments(event("\"schema_version\":\"1\""), "invalid_schema_version", "/schema_version"),
        arguments(event("\"consent\":true"), "wrong_type", "/consent"),
        arguments(event("\"consent\":{\"ads\":\"no\"}"), "wrong_type", "/consent/ads"),
        arguments(event("\"consent\":{\"ads\":{\"x\":[1]}}"), "wrong_type", "/consent/ads"),
        arguments(
            event("\"consent\":{\"" + "p".repeat(129) + "\":true}"),
            "invalid_key",
            "/consent/" + "p".repeat(64)),
        arguments(
            event(
                "\"consent\":{"
                    + IntStream.range(0, 33)
                        .mapToObj(i -> "\"p" + i + "\":null")
                        .collect(Collectors.joining(","))
                    + "}"),
            "too_many_purposes",
            "/consent"),
        arguments(event("\"consent\":{\"a\":true,\"a\":true}"), "duplicate_key", "/consent/a"),
        arguments(event("\"user_id\":\"a\",\"user_id\":\"b\""), "duplicate_key", "/user_id"),
        arguments(event("\"event_id\":\"" + ID + "\""), "duplicate_key", "/event_id"),
        arguments(event("\"x\":1,\"x\":1"), "duplicate_key", "/x"),
        arguments(event("\"properties\":{},\"properties\":{}"), "duplicate_key", "/properties"),
        arguments(event("\"properties\":[]"), "wrong_type", "/properties"),
        arguments(event("\"properties\":\"{}\""), "wrong_type", "/properties"));
  }

  @ParameterizedTest
  @MethodSource("badEvents")
  void a_bad_event_is_rejected_alone_with_a_code_and_a_pointer(
      String event, String code, String pointer) {
    RejectedEvent rejected = rejected(event);

    assertThat(rejected.code()).isEqualTo(code);
    assertThat(rejected.pointer()).isEqualTo(pointer);
  }

  @Test
  void the_first_problem_of_an_event_is_the_one_that_is_reported() {
    assertThat(rejected(event("\"user_id\":5,\"account_id\":\"\",\"consent\":1")).pointer())
        .isEqualTo("/user_id");
  }

  @Test
  void a_rejected_event_is_named_by_its_id_wherever_the_id_stands() {
    String id = "\"event_id\":\"" + ID + "\"";

    assertThat(rejected("{" + id + ",\"name\":5}").eventId()).isEqualTo(ID.toString());
    assertThat(rejected("{\"name\":5," + id + "}").eventId()).isEqualTo(ID.toString());
    assertThat(rejected("{\"event_id\":\"<b>\"}").eventId()).isNull();
  }

  @Test
  void a_pointer_repeats_only_harmless_characters_of_a_key() {
    assertThat(rejected(event("\"a/<b>~\":1,\"a/<b>~\":1")).pointer()).isEqualTo("/a??b??");
    assertThat(rejected(withProperties("{\"<i>\":\"\\u0000\"}")).pointer())
        .isEqualTo("/properties/?i?");
  }
}
