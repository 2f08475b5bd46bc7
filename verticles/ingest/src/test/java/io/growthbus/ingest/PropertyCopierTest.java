package io.growthbus.ingest;

import static io.growthbus.ingest.EventJson.batch;
import static io.growthbus.ingest.EventJson.event;
import static io.growthbus.ingest.EventJson.withProperties;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.shared.message.RejectedEvent;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PropertyCopierTest {

  private static TelemetryEvent read(String properties) {
    DecodedBatch decoded = EventJson.decode(batch(withProperties(properties), event()));
    assertThat(decoded.rejected()).isEmpty();
    return decoded.events().get(0);
  }

  private static RejectedEvent rejected(String properties) {
    DecodedBatch decoded = EventJson.decode(batch(withProperties(properties), event()));
    assertThat(decoded.events()).extracting(TelemetryEvent::index).containsExactly(1);
    return decoded.rejected().get(0);
  }

  /** Properties {@code {"k0":1,…}}, as many as asked for. */
  private static String numbered(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"k" + i + "\":1")
        .collect(Collectors.joining(",", "{", "}"));
  }

  /** An object whose properties are nested this deep, its own level counted. */
  private static String nested(int depth) {
    return "{\"a\":".repeat(depth - 1) + "{}" + "}".repeat(depth - 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"a\":1,\"b\":-2.50,\"c\":true,\"d\":false,\"e\":null,\"f\":\"\"}",
        "{\"a\":[],\"b\":{},\"c\":[[],[{}]]}",
        "{\"a\":12345678901234567890123456789012345678901234567890}",
        "{\"a\":0.1000000000000000055511151231257827021181583404541015625}",
        "{\"__proto__\":1,\"constructor\":{\"prototype\":2}}",
        "{\"a\":\"\\\"\\\\\\n\"}",
      })
  void properties_are_copied_as_they_were_sent(String properties) {
    assertThat(read(properties).propertiesJson()).isEqualTo(properties);
  }

  @Test
  void blanks_between_properties_are_left_out() {
    assertThat(read(" { \"a\" : [ 1 , 2 ] }").propertiesJson()).isEqualTo("{\"a\":[1,2]}");
  }

  @Test
  void only_top_level_properties_that_are_not_null_have_a_name() {
    assertThat(
            read("{\"a\":1,\"n\":null,\"o\":{\"x\":1},\"l\":[{\"y\":1}],\"f\":false}")
                .propertyNames())
        .containsExactlyInAnyOrder("a", "o", "l", "f");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1e308",
        "1.7976931348623157e308",
        "-1.7976931348623157E+308",
        "5e-324",
        "2.2250738585072014e-308",
        "0e300",
        "0.0e-300",
        "-0",
        "1e0",
      })
  void every_finite_number_of_a_double_is_accepted(String number) {
    assertThat(read("{\"a\":" + number + "}").propertyNames()).containsExactly("a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1e309",
        "-1.8e308",
        "1e400000",
        "1e2147483647",
        "1e2147483648",
        "0e2147483648",
        "1e99999999999",
        "1e-100000",
        "1e-2147483648",
      })
  void a_number_that_no_double_holds_is_rejected(String number) {
    RejectedEvent rejected = rejected("{\"a\":" + number + "}");

    assertThat(rejected.code()).isEqualTo("invalid_number");
    assertThat(rejected.pointer()).isEqualTo("/properties/a");
  }

  @Test
  void every_limit_may_be_reached() {
    assertThat(read(numbered(128)).propertyNames()).hasSize(128);
    assertThat(read(nested(8)).propertyNames()).containsExactly("a");
    assertThat(read("{\"" + "k".repeat(128) + "\":1}").propertyNames()).hasSize(1);
    assertThat(read("{\"a\":\"" + "x".repeat(8192) + "\"}").propertiesJson()).hasSize(8192 + 8);
    assertThat(read("{\"a\":" + "1".repeat(64) + "}").propertiesJson()).hasSize(64 + 6);
  }

  static Stream<Arguments> beyondALimit() {
    return Stream.of(
        arguments(numbered(129), "too_many_properties", "/properties/k128"),
        arguments("{\"o\":" + numbered(128) + "}", "too_many_properties", "/properties/o"),
        arguments(nested(9), "too_deep", "/properties/a"),
        arguments("{\"a\":[[[[[[[[1]]]]]]]]}", "too_deep", "/properties/a"),
        arguments("{\"a\":{\"" + "k".repeat(129) + "\":1}}", "key_too_long", "/properties/a"),
        arguments("{\"a\":\"" + "x".repeat(8193) + "\"}", "too_long", "/properties/a"),
        arguments("{\"a\":" + "1".repeat(65) + "}", "invalid_number", "/properties/a"),
        arguments("{\"a\":0." + "1".repeat(65) + "}", "invalid_number", "/properties/a"),
        arguments("{\"a\":[\"\\u0000\"]}", "invalid_text", "/properties/a"),
        arguments("{\"a\":\"\\ud800\"}", "invalid_text", "/properties/a"),
        arguments("{\"a\":\"\\udc00\\ud800\"}", "invalid_text", "/properties/a"),
        arguments("{\"a\":{\"\\u0000\":1}}", "invalid_text", "/properties/a"),
        arguments("{\"a\":{\"\\ud83d\":1}}", "invalid_text", "/properties/a"),
        arguments("{\"b\":1,\"a\":1,\"a\":2}", "duplicate_key", "/properties/a"),
        arguments("{\"a\":[{\"x\":1,\"x\":1}]}", "duplicate_key", "/properties/a"),
        arguments("{\"a\":{\"properties\":{\"x\":\"\\u0000\"}}}", "invalid_text", "/properties/a"),
        arguments(
            "{\"properties\":{\"x\":\"\\u0000\"}}", "invalid_text", "/properties/properties"));
  }

  @ParameterizedTest
  @MethodSource("beyondALimit")
  void what_is_beyond_a_limit_is_rejected_with_the_top_level_property(
      String properties, String code, String pointer) {
    RejectedEvent rejected = rejected(properties);

    assertThat(rejected.code()).isEqualTo(code);
    assertThat(rejected.pointer()).isEqualTo(pointer);
  }

  @Test
  void the_same_key_in_different_objects_is_no_duplicate() {
    assertThat(read("{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]},\"b\":{\"a\":3}}").propertyNames())
        .containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void a_surrogate_pair_is_one_character_and_is_kept() {
    assertThat(read("{\"a\":\"\\ud83d\\ude00\"}").propertiesJson()).isEqualTo("{\"a\":\"😀\"}");
  }
}
