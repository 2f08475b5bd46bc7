package io.growthbus.shared.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.growthbus.shared.message.AcknowledgePrompt;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.EvaluateFlags;
import io.growthbus.shared.message.FlagSet;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.PromptRaised;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.message.ResolveEntitlement;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class WireTest {
  static Stream<Record> samples() {
    return Stream.of(SampleMessages.full(), SampleMessages.newer(), SampleMessages.sparse())
        .flatMap(Function.identity());
  }

  private static <T> T decode(String json, Class<T> type) {
    return Wire.decode(Buffer.buffer(json.replace('\'', '"')), type);
  }

  private static JsonObject json(Object message) {
    return Wire.encode(message).toJsonObject();
  }

  @Test
  void there_is_a_sample_of_every_message_that_a_channel_carries() {
    Set<Class<?>> sampled =
        SampleMessages.full().<Class<?>>map(Record::getClass).collect(Collectors.toSet());

    assertThat(ChannelsTest.messageTypes()).isSubsetOf(sampled);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void every_message_comes_back_as_it_was_sent(Record message) {
    Record back = Wire.decode(Wire.encode(message), message.getClass());

    assertThat(back).usingRecursiveComparison().isEqualTo(message);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void a_field_that_is_not_known_here_is_ignored(Record message) {
    JsonObject newer = json(message).put("addedLater", new JsonObject().put("x", 1));

    assertThat(Wire.decode(newer.toBuffer(), message.getClass()))
        .usingRecursiveComparison()
        .isEqualTo(message);
  }

  @Test
  void absent_values_are_left_out() {
    assertThat(json(new EvaluateFlag("a", null, null)).fieldNames())
        .containsExactlyInAnyOrder("key", "clientOnly", "unproven", "track");
  }

  @Test
  void enums_are_lower_case_and_read_in_any_case() {
    AcknowledgePrompt message = new AcknowledgePrompt("u", "p", AcknowledgePrompt.Action.CLICKED);

    assertThat(json(message).getString("action")).isEqualTo("clicked");
    assertThat(decode("{'userId':'u','promptId':'p','action':'CLICKED'}", AcknowledgePrompt.class))
        .isEqualTo(message);
  }

  @Test
  void null_inside_a_map_is_a_value_and_survives() {
    Map<String, @Nullable Object> attributes = new HashMap<>();
    attributes.put("plan", null);
    @SuppressWarnings({"unchecked", "rawtypes", "NullAway"})
    EvaluateFlag message = new EvaluateFlag("a", "u", (Map) attributes);

    assertThat(Wire.decode(Wire.encode(message), EvaluateFlag.class)).isEqualTo(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "[]", "7", "\"text\"", "{\"userId\":", "{\"userId\":{}}"})
  void bytes_that_are_no_form_of_the_type_are_refused(String bytes) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> decode(bytes, ResolveEntitlement.class))
        .withMessage("not a JSON form of ResolveEntitlement");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{'userId':null}"})
  void a_value_that_must_be_there_cannot_be_absent(String json) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> decode(json, ResolveEntitlement.class))
        .withMessage("not a JSON form of ResolveEntitlement");
  }

  @Test
  void a_value_that_must_be_there_cannot_be_absent_inside_a_message_either() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> decode("{'userId':'u','prompt':{'rule':'r'}}", PromptRaised.class));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> decode("{'revision':1,'flags':[null]}", FlagSet.class));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> decode("{'keys':['a',null]}", EvaluateFlags.class));
  }

  @Test
  void what_may_be_absent_and_numbers_have_a_default() {
    assertThat(decode("{}", EvaluateFlags.class)).isEqualTo(new EvaluateFlags(null, null, null));
    assertThat(decode("{}", ListEvents.class)).isEqualTo(new ListEvents(null, null, 0, null));
    assertThat(decode("{'keys':null}", EvaluateFlags.class).keys()).isNull();
  }

  @Test
  void a_word_that_is_no_constant_is_refused() {
    JsonObject entitlement = json(SampleMessages.sparse().findFirst().orElseThrow());

    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Wire.decode(entitlement.put("state", "guessed").toBuffer(), Entitlement.class));
  }

  @Test
  void nesting_beyond_64_levels_is_refused() {
    String deep = "{'key':'a','attributes':" + "{'x':".repeat(70) + "1" + "}".repeat(71);

    assertThatIllegalArgumentException().isThrownBy(() -> decode(deep, EvaluateFlag.class));
  }

  @Property(tries = 300)
  void bytes_of_a_body_survive_whatever_they_are(@ForAll byte[] body) {
    RecordEvents message = new RecordEvents(body, null, false, 1);

    assertThat(Wire.decode(Wire.encode(message), RecordEvents.class).body()).isEqualTo(body);
  }

  @Test
  void a_body_of_many_mebibytes_is_one_string_and_survives() {
    byte[] body = new byte[16 << 20];
    Arrays.fill(body, (byte) 'x');

    assertThat(
            Arrays.equals(
                Wire.decode(Wire.encode(new RecordEvents(body, null, false, 1)), RecordEvents.class)
                    .body(),
                body))
        .isTrue();
  }
}
