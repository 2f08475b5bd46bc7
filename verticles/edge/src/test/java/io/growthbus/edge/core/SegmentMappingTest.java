package io.growthbus.edge.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.core.SegmentCall.CallType;
import io.growthbus.edge.core.SegmentCall.Kind;
import io.growthbus.edge.core.SegmentCall.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.StringLength;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentMappingTest {
  private static final long RECEIVED = 1_795_521_600_000L;
  private static final UUID RANDOM = UUID.fromString("00000000-0000-4000-8000-000000000001");

  private static Value text(String text) {
    return new Value(Kind.TEXT, '"' + text + '"', text, List.of());
  }

  private static Value number(long number) {
    return new Value(Kind.NUMBER, String.valueOf(number), String.valueOf(number), List.of());
  }

  private static Value object(String json, String... names) {
    return new Value(Kind.OBJECT, json, "", List.of(names));
  }

  private static Value other(String json) {
    return new Value(Kind.OTHER, json, "", List.of());
  }

  private static SegmentCall call(Map<String, Value> fields) {
    return new SegmentCall(fields);
  }

  private static SegmentCall call(String type, Map<String, Value> fields) {
    Map<String, Value> all = new HashMap<>(fields);
    all.put("type", text(type));
    return new SegmentCall(all);
  }

  private static SegmentMapping mapping(@Nullable CallType type, @Nullable Long sentAtMs) {
    return new SegmentMapping(type, sentAtMs, RECEIVED, () -> RANDOM);
  }

  private static Map<String, String> event(SegmentCall call) {
    return mapping(null, null).event(call);
  }

  @Test
  void a_track_keeps_its_name_and_everything_that_belongs_to_an_event() {
    assertThat(
            event(
                call(
                    "track",
                    Map.of(
                        "messageId", text("m-1"),
                        "userId", text("ada"),
                        "anonymousId", text("anon-1"),
                        "event", text("project_created"),
                        "properties", object("{\"a\":1}", "a"),
                        "timestamp", text("2026-11-24T11:59:59Z"),
                        "name", text("no page"),
                        "context.groupId", text("acme"),
                        "context.consent", object("{\"analytics\":true}", "analytics")))))
        .containsExactly(
            Map.entry("event_id", "\"57090e2c-a2c6-57dd-976b-0bd50b318fdd\""),
            Map.entry("message_id", "\"m-1\""),
            Map.entry("user_id", "\"ada\""),
            Map.entry("anonymous_id", "\"anon-1\""),
            Map.entry("account_id", "\"acme\""),
            Map.entry("timestamp", "1795521599000"),
            Map.entry("name", "\"project_created\""),
            Map.entry("properties", "{\"a\":1}"),
            Map.entry("consent", "{\"analytics\":true}"));
  }

  @Test
  void a_call_that_says_nothing_has_an_id_a_time_and_no_user() {
    assertThat(mapping(CallType.IDENTIFY, null).event(call(Map.of())))
        .containsExactly(
            Map.entry("event_id", '"' + RANDOM.toString() + '"'),
            Map.entry("user_id", "null"),
            Map.entry("timestamp", String.valueOf(RECEIVED)),
            Map.entry("name", "\"$identify\""),
            Map.entry("properties", "{}"));
  }

  @ParameterizedTest
  @EnumSource(value = CallType.class, names = "TRACK", mode = EnumSource.Mode.EXCLUDE)
  void every_call_but_track_is_named_after_its_type(CallType type) {
    SegmentCall call = call(type.word(), Map.of("event", text("ignored")));
    assertThat(event(call)).containsEntry("name", "\"$" + type.word() + '"');
    assertThat(mapping(type, null).event(call)).isEqualTo(event(call));
  }

  @ParameterizedTest
  @CsvSource({
    "track,properties",
    "page,properties",
    "screen,properties",
    "alias,properties",
    "identify,traits",
    "group,traits"
  })
  void properties_come_from_the_field_of_the_type_and_else_from_the_other(
      String type, String field) {
    Value mine = object("{\"mine\":1}", "mine");
    Value others = object("{\"others\":1}", "others");
    String other = field.equals("traits") ? "properties" : "traits";
    assertThat(event(call(type, Map.of(field, mine, other, others))))
        .containsEntry("properties", mine.json());
    assertThat(event(call(type, Map.of(other, others)))).containsEntry("properties", others.json());
    assertThat(event(call(type, Map.of()))).containsEntry("properties", "{}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"page", "screen"})
  void name_and_category_of_a_page_join_the_properties_that_do_not_have_them(String type) {
    Map<String, Value> both = Map.of("name", text("Home"), "category", text("Docs"));
    assertThat(event(call(type, both)))
        .containsEntry("properties", "{\"name\":\"Home\",\"category\":\"Docs\"}");

    Map<String, Value> some = new HashMap<>(both);
    some.put("properties", object("{\"name\":\"Own\",\"a\":1}", "name", "a"));
    assertThat(event(call(type, some)))
        .containsEntry("properties", "{\"category\":\"Docs\",\"name\":\"Own\",\"a\":1}");

    some.put("properties", object("{ }"));
    assertThat(event(call(type, some)))
        .containsEntry("properties", "{\"name\":\"Home\",\"category\":\"Docs\"}");
  }

  @Test
  void the_previous_id_of_an_alias_joins_the_properties() {
    assertThat(event(call("alias", Map.of("userId", text("ada"), "previousId", number(7)))))
        .containsEntry("user_id", "\"ada\"")
        .containsEntry("properties", "{\"previousId\":\"7\"}");
  }

  @Test
  void the_group_of_a_group_call_is_the_account() {
    assertThat(
            event(
                call(
                    "group",
                    Map.of("groupId", text("acme"), "context.groupId", text("elsewhere")))))
        .containsEntry("account_id", "\"acme\"");
    assertThat(event(call("track", Map.of("groupId", text("acme")))))
        .doesNotContainKey("account_id");
  }

  @Test
  void a_message_id_that_is_a_uuid_is_the_event_id() {
    String id = "0192F0C1-2d3e-7a4b-8c5d-6e7f80910203";
    assertThat(event(call("track", Map.of("messageId", text(id)))))
        .containsEntry("event_id", '"' + id + '"')
        .containsEntry("message_id", '"' + id + '"');
  }

  @Test
  void a_message_id_that_is_too_long_or_no_text_is_left_to_the_room_to_refuse() {
    Value longest = text("x".repeat(128));
    Value tooLong = text("x".repeat(129));
    assertThat(event(call("track", Map.of("messageId", longest))))
        .containsEntry("message_id", longest.json());
    for (Value wrong : List.of(tooLong, other("true"), object("{}"))) {
      assertThat(event(call("track", Map.of("messageId", wrong))))
          .containsEntry("event_id", wrong.json())
          .doesNotContainKey("message_id");
    }
  }

  @Test
  void an_id_that_is_a_number_becomes_a_text_and_an_empty_one_nothing() {
    assertThat(
            event(
                call(
                    "track",
                    Map.of("messageId", number(42), "userId", number(7), "anonymousId", text("")))))
        .containsEntry("message_id", "\"42\"")
        .containsEntry("user_id", "\"7\"")
        .doesNotContainKey("anonymous_id");
  }

  @Test
  void what_has_the_wrong_type_is_left_to_the_room_to_refuse() {
    assertThat(
            event(
                call(
                    "page",
                    Map.of(
                        "userId", other("[1]"),
                        "timestamp", text("yesterday"),
                        "name", text("Home"),
                        "properties", other("[2]")))))
        .containsEntry("user_id", "[1]")
        .containsEntry("timestamp", "\"yesterday\"")
        .containsEntry("properties", "[2]");
  }

  @Test
  void a_call_of_unknown_type_and_a_track_without_event_have_no_name() {
    assertThat(event(call("Track", Map.of("event", text("a"))))).doesNotContainKey("name");
    assertThat(event(call(Map.of("event", text("a"))))).doesNotContainKey("name");
    assertThat(event(call("track", Map.of()))).doesNotContainKey("name");
  }

  @Test
  void the_time_that_the_caller_gave_goes_before_the_time_of_the_call() {
    assertThat(event(call("track", Map.of("timestamp", number(1), "originalTimestamp", number(2)))))
        .containsEntry("timestamp", "1");
  }

  /** What the room makes of it: it adds what the batch is behind. */
  private static long corrected(SegmentCall call, @Nullable Long batchSentAtMs) {
    String timestamp = mapping(CallType.TRACK, batchSentAtMs).event(call).get("timestamp");
    long behindMs = batchSentAtMs == null ? 0 : RECEIVED - batchSentAtMs;
    return Long.parseLong(String.valueOf(timestamp)) + behindMs;
  }

  @Property
  void a_time_is_corrected_by_when_its_call_was_sent_and_else_by_when_the_batch_was(
      @ForAll @LongRange(min = -86_400_000, max = 86_400_000) long batchOff,
      @ForAll @LongRange(min = -86_400_000, max = 86_400_000) long callOff,
      @ForAll @LongRange(min = 0, max = 1_000_000_000) long age) {
    long batchSent = RECEIVED + batchOff;
    long callSent = RECEIVED + callOff;
    Value original = number(callSent - age);
    Value sentAt = number(callSent);
    SegmentCall saysIt = call(Map.of("originalTimestamp", original, "sentAt", sentAt));
    SegmentCall doesNot = call(Map.of("originalTimestamp", original));

    // received - (sent - original)
    assertThat(corrected(saysIt, batchSent)).isEqualTo(RECEIVED - age);
    assertThat(corrected(saysIt, null)).isEqualTo(RECEIVED - age);
    assertThat(corrected(doesNot, batchSent)).isEqualTo(RECEIVED - (batchSent - callSent + age));
    assertThat(corrected(doesNot, null)).isEqualTo(callSent - age);
    assertThat(corrected(call(Map.of()), batchSent)).isEqualTo(RECEIVED);
  }

  @Test
  void a_time_of_sending_that_is_not_believed_corrects_nothing() {
    SegmentCall call = call(Map.of("timestamp", number(5), "sentAt", number(1_000)));
    assertThat(corrected(call, null)).isEqualTo(5);
    assertThat(corrected(call, RECEIVED - 10)).isEqualTo(5);
  }

  @Property
  void the_same_message_id_always_gives_the_same_event_id(
      @ForAll @StringLength(min = 1, max = 128) String messageId) {
    SegmentCall call =
        call(Map.of("messageId", new Value(Kind.TEXT, "\"…\"", messageId, List.of())));
    assertThat(mapping(CallType.TRACK, null).event(call).get("event_id"))
        .isEqualTo(mapping(CallType.PAGE, 1L).event(call).get("event_id"));
  }

  @ParameterizedTest
  @CsvSource({
    "track,/event_id,/messageId",
    "track,/message_id,/messageId",
    "track,/user_id,/userId",
    "track,/anonymous_id,/anonymousId",
    "track,/account_id,/context/groupId",
    "group,/account_id,/groupId",
    "track,/timestamp,/timestamp",
    "track,/name,/event",
    "unknown,/name,/type",
    "track,/properties/a~1b,/properties/a~1b",
    "identify,/properties/a,/traits/a",
    "group,/properties,/traits",
    "track,/consent/ads,/context/consent/categoryPreferences/ads",
    "track,/else,/else",
    "track,'',''"
  })
  void a_pointer_into_the_event_becomes_one_into_the_call(
      String type, String pointer, String expected) {
    assertThat(mapping(null, null).pointer(call(type, Map.of()), pointer)).isEqualTo(expected);
  }

  @Test
  void a_pointer_names_the_field_that_was_read() {
    SegmentMapping mapping = mapping(null, null);
    assertThat(mapping.pointer(call("track", Map.of("originalTimestamp", text("x"))), "/timestamp"))
        .isEqualTo("/originalTimestamp");
    assertThat(mapping.pointer(call("identify", Map.of("properties", other("1"))), "/properties"))
        .isEqualTo("/properties");
    assertThat(mapping.pointer(null, "")).isEmpty();
  }
}
