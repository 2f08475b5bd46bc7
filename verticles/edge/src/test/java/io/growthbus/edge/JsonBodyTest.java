package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonBodyTest {
  private static final Set<String> KNOWN = Set.of("name", "size", "more", "keys");

  private static JsonBody body(String json) {
    return JsonBody.of(Buffer.buffer(json.replace('\'', '"')), KNOWN);
  }

  private static RoomException refusal(ThrowingCallable call) {
    RoomException[] caught = new RoomException[1];
    assertThatExceptionOfType(RoomException.class)
        .isThrownBy(call)
        .satisfies(refusal -> caught[0] = refusal);
    assertThat(caught[0].kind()).isEqualTo(ErrorKind.INVALID);
    return caught[0];
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[]",
        "null",
        "7",
        "'text'",
        "{",
        "{'name':}",
        "{'name':'a'} x",
        "\u0000"
      })
  void only_an_object_is_a_body(String json) {
    assertThat(refusal(() -> body(json)).code()).isEqualTo("invalid_json");
  }

  @Test
  void a_field_that_is_not_known_is_refused_without_repeating_it() {
    RoomException refusal = refusal(() -> body("{'name':'a','<script>':1}"));
    assertThat(refusal.code()).isEqualTo("unknown_field");
    assertThat(refusal.text()).contains("keys, more, name, size").doesNotContain("script");
  }

  @Test
  void a_text_has_1_to_so_many_characters() {
    assertThat(body("{'name':'abc'}").text("name", 3)).isEqualTo("abc");
    for (String wrong :
        List.of(
            "{}",
            "{'name':null}",
            "{'name':''}",
            "{'name':'abcd'}",
            "{'name':1}",
            "{'name':[]}",
            "{'name':{}}")) {
      RoomException refusal = refusal(() -> body(wrong).text("name", 3));
      assertThat(refusal.code()).isEqualTo("invalid_field");
      assertThat(refusal.text()).contains("\"name\"", "3");
    }
  }

  @Test
  void an_optional_text_may_be_absent_or_null_but_not_wrong() {
    assertThat(body("{}").optionalText("name", 3)).isEmpty();
    assertThat(body("{'name':null}").optionalText("name", 3)).isEmpty();
    assertThat(refusal(() -> body("{'name':7}").optionalText("name", 3)).code())
        .isEqualTo("invalid_field");
  }

  @Test
  void a_number_is_whole_and_within_its_range() {
    assertThat(body("{}").number("size", 5, 1, 10)).isEqualTo(5);
    assertThat(body("{'size':1}").number("size", 5, 1, 10)).isEqualTo(1);
    assertThat(body("{'size':10}").number("size", 5, 1, 10)).isEqualTo(10);
    for (String wrong : List.of("0", "11", "1.5", "1e400", "'7'", "true", "99999999999999999999")) {
      assertThat(refusal(() -> body("{'size':" + wrong + "}").number("size", 5, 1, 10)).code())
          .isEqualTo("invalid_field");
    }
  }

  @Test
  void an_object_is_an_object() {
    assertThat(body("{'more':{'a':1}}").object("more")).contains(Map.of("a", 1));
    assertThat(body("{}").object("more")).isEmpty();
    assertThat(refusal(() -> body("{'more':[]}").object("more")).code()).isEqualTo("invalid_field");
  }

  @Test
  void a_list_of_texts_holds_nothing_else_and_not_too_many() {
    assertThat(body("{'keys':['a','b']}").texts("keys", 2)).contains(List.of("a", "b"));
    assertThat(body("{}").texts("keys", 2)).isEmpty();
    for (String wrong : List.of("['a','b','c']", "['a',1]", "[null]", "'a'", "{}")) {
      assertThat(refusal(() -> body("{'keys':" + wrong + "}").texts("keys", 2)).code())
          .isEqualTo("invalid_field");
    }
  }
}
