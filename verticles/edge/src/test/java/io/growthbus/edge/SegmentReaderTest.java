package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.growthbus.edge.core.SegmentCall;
import io.growthbus.edge.core.SegmentCall.Kind;
import io.growthbus.edge.core.SegmentCall.Value;
import io.growthbus.shared.domain.RoomException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentReaderTest {
  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static SegmentBatch batch(String body) {
    return SegmentReader.batch(utf8(body));
  }

  private static Map<String, Value> only(String body) {
    return Objects.requireNonNull(SegmentReader.single(utf8(body)).calls().get(0)).fields();
  }

  @Test
  void values_are_kept_as_they_were_sent() {
    Map<String, Value> fields =
        only(
            """
            {"userId" : "Zo\\u00eb \\"🚀\\"" , "groupId":1.50,"event":true, "name":[1, {"a":null}],
             "properties": { "a" : {"b":[1,2]}, "\\u0063" : "\\ud83d\\ude80" } ,"traits":{}}""");
    assertThat(fields)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "userId", new Value(Kind.TEXT, "\"Zo\\u00eb \\\"🚀\\\"\"", "Zoë \"🚀\"", List.of()),
                "groupId", new Value(Kind.NUMBER, "1.50", "1.50", List.of()),
                "event", new Value(Kind.OTHER, "true", "", List.of()),
                "name", new Value(Kind.OTHER, "[1, {\"a\":null}]", "", List.of()),
                "properties",
                    new Value(
                        Kind.OBJECT,
                        "{ \"a\" : {\"b\":[1,2]}, \"\\u0063\" : \"\\ud83d\\ude80\" }",
                        "",
                        List.of("a", "c")),
                "traits", new Value(Kind.OBJECT, "{}", "", List.of())));
  }

  @Test
  void of_the_context_only_group_and_consent_are_kept() {
    assertThat(
            only("""
                    {"context":{"ip":"10.0.0.1","groupId":"acme","traits":{"groupId":"x"},
                     "consent":{"version":2,"categoryPreferences":{"ads":false}},"page":{"url":"u"}},
                     "integrations":{"All":true},"channel":"server","_metadata":{"nodeVersion":"20"}}""")
                .keySet())
        .containsExactlyInAnyOrder("context.groupId", "context.consent");
    assertThat(only("{\"context\":[1],\"traits\":null}")).isEmpty();
    assertThat(only("{\"context\":{\"consent\":true}}")).isEmpty();
  }

  @Test
  void the_credentials_of_a_batch_stand_beside_the_calls_and_not_in_them() {
    SegmentBatch batch =
        batch(
            """
            {"batch":[{"writeKey":"inner","userToken":"inner","sentAt":"x"}],"sentAt":7,
             "writeKey":"outer","userToken":1}""");
    assertThat(batch.writeKey()).isEqualTo("outer");
    assertThat(batch.userToken()).isNull();
    assertThat(batch.sentAt()).isEqualTo(new Value(Kind.NUMBER, "7", "7", List.of()));
  }

  @Test
  void a_call_alone_carries_the_credentials_itself() {
    SegmentBatch batch = SegmentReader.single(utf8("{\"writeKey\":\"k\",\"userToken\":\"t\"}"));
    assertThat(batch.writeKey()).isEqualTo("k");
    assertThat(batch.userToken()).isEqualTo("t");
  }

  @Test
  void a_batch_was_sent_when_it_says_so_and_else_when_its_first_call_says_so() {
    String calls = "{\"batch\":[{\"sentAt\":1000},{\"sentAt\":2000}]";
    assertThat(batch(calls + ",\"sentAt\":3000}").sentAtMs(0)).isEqualTo(3_000);
    assertThat(batch(calls + "}").sentAtMs(0)).isEqualTo(1_000);
    assertThat(batch(calls + ",\"sentAt\":\"soon\"}").sentAtMs(0)).isNull();
    assertThat(batch("{\"batch\":[]}").sentAtMs(0)).isNull();
    assertThat(batch("{\"batch\":[null,{\"sentAt\":1}]}").sentAtMs(0)).isNull();
  }

  @Test
  void what_is_no_object_keeps_its_place() {
    List<SegmentCall> calls = batch("{\"batch\":[1,{},[{}],null,\"x\",{}]}").calls();
    assertThat(calls).hasSize(6);
    assertThat(calls)
        .extracting(call -> call == null)
        .containsExactly(true, false, true, true, true, false);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "[]",
        "null",
        "1",
        "{}",
        "{\"batch\":{}}",
        "{\"batch\":[}",
        "{\"batch\":[]}]",
        "{\"batch\":[],\"batch\":[]}",
        "{\"batch\":[]} {\"batch\":[]}",
        "{'batch':[]}",
        "{\"batch\":[{\"a\":01}]}",
        "batch=%7B%7D"
      })
  void a_body_that_is_broken_as_a_whole_is_refused(String body) {
    RoomException refusal = catchThrowableOfType(RoomException.class, () -> batch(body));
    assertThat(refusal.code()).isEqualTo("invalid_envelope");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "[{}]", "{\"userId\":}", "{}{}", "null", "{\"event\":\"a"})
  void a_call_alone_is_one_object(String body) {
    RoomException refusal =
        catchThrowableOfType(RoomException.class, () -> SegmentReader.single(utf8(body)));
    assertThat(refusal.code()).isEqualTo("invalid_envelope");
  }

  @Test
  void bytes_that_are_not_utf_8_are_refused() {
    byte[] body = utf8("{\"batch\":[{\"event\":\"x\"}]}");
    body[20] = (byte) 0xff;
    RoomException refusal =
        catchThrowableOfType(RoomException.class, () -> SegmentReader.batch(body));
    assertThat(refusal.code()).isEqualTo("invalid_envelope");
  }

  @Test
  void a_byte_order_mark_is_passed_over() {
    SegmentBatch batch = batch("\uFEFF{\"batch\":[{\"event\":\"aé\",\"properties\":{\"b\":1}}]}");
    Map<String, Value> fields = Objects.requireNonNull(batch.calls().get(0)).fields();
    assertThat(Objects.requireNonNull(fields.get("event")).json()).isEqualTo("\"aé\"");
    assertThat(Objects.requireNonNull(fields.get("properties")).json()).isEqualTo("{\"b\":1}");
  }

  @Test
  void nothing_strange_inside_of_a_call_harms_its_neighbours() {
    String deep = "[".repeat(20_000) + "]".repeat(20_000);
    String strange =
        "{\"properties\":%s},{\"context\":%s},{\"\\ud83d\":1},{\"traits\":{\"\\udc00\":\"\\ud83d\"}},{\"%s\":%s}"
            .formatted(deep, deep, "k".repeat(100_000), "9".repeat(100_000));
    List<SegmentCall> calls = batch("{\"batch\":[" + strange + ",{\"event\":\"fine\"}]}").calls();
    assertThat(calls).hasSize(6);
    assertThat(Objects.requireNonNull(calls.get(5)).fields()).containsOnlyKeys("event");
  }

  @Test
  void a_batch_holds_so_many_calls_and_no_more() {
    String most = String.join(",", Collections.nCopies(SegmentReader.MOST_CALLS, "{}"));
    assertThat(batch("{\"batch\":[" + most + "]}").calls()).hasSize(SegmentReader.MOST_CALLS);
    RoomException refusal =
        catchThrowableOfType(RoomException.class, () -> batch("{\"batch\":[" + most + ",{}]}"));
    assertThat(refusal.code()).isEqualTo("too_many_events");
  }

  @Property(tries = 200)
  void the_order_of_fields_does_not_matter(@ForAll Random random) {
    List<String> fields =
        new ArrayList<>(
            List.of(
                "\"type\":\"page\"",
                "\"messageId\":\"m\"",
                "\"properties\":{\"a\":[{}],\"b\":\"}\"}",
                "\"context\":{\"x\":{\"groupId\":1},\"groupId\":\"acme\"}",
                "\"integrations\":{\"type\":\"track\",\"properties\":{}}",
                "\"name\":\"Home\"",
                "\"userId\":null"));
    Map<String, Value> usual = only("{" + String.join(",", fields) + "}");
    Collections.shuffle(fields, random);
    assertThat(only("{" + String.join(" , ", fields) + "}")).isEqualTo(usual);
    assertThat(usual)
        .containsOnlyKeys("type", "messageId", "properties", "context.groupId", "name");
  }
}
