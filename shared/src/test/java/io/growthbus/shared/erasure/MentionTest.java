package io.growthbus.shared.erasure;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MentionTest {
  @ParameterizedTest
  @CsvSource({
    "u-17, u-17, [erased]",
    "u-17, /users/u-17, /users/[erased]",
    "u-17, /users/u-17/x?u=u-17, /users/[erased]/x?u=[erased]",
    "u-17, /users/u-178, /users/u-178",
    "u-17, xu-17, xu-17",
    "u-17, xu-17 u-17, xu-17 [erased]",
    "u-17, _u-17_, _[erased]_",
    "u17, /users/u17, /users/u17",
    "u17, u17, [erased]",
    "(17), a(17)b, a[erased]b",
    "aaaa, aaaaa, aaaaa",
    "ähm1, öähm1, öähm1",
  })
  void an_id_is_replaced_where_it_stands_alone(String id, String text, String expected) {
    assertThat(new Mention(id).erasedFrom(text)).isEqualTo(expected);
  }

  @Test
  void names_texts_and_numbers_of_a_document_are_looked_through_and_the_rest_is_not_touched() {
    Mention mention = new Mention("12345");
    assertThat(
            mention.erasedFromJson(
                "{\"12345\":[12345,123450,{\"a\":\"/u/12345\"}],\"n\":1.50,\"big\":123456789012345678901234567890.10,"
                    + "\"e\":1e400,\"t\":true,\"z\":null}"))
        .isEqualTo(
            "{\"[erased]\":[\"[erased]\",123450,{\"a\":\"/u/[erased]\"}],\"n\":1.50,"
                + "\"big\":123456789012345678901234567890.10,\"e\":1e400,\"t\":true,\"z\":null}");
  }

  @Test
  void a_short_number_is_a_number() {
    assertThat(new Mention("42").erasedFromJson("{\"a\":42,\"b\":\"42\"}"))
        .isEqualTo("{\"a\":42,\"b\":\"[erased]\"}");
  }

  @Test
  void an_id_that_json_escapes_is_found_as_it_is_escaped() {
    Mention mention = new Mention("a\"b\\c");
    assertThat(mention.inJson()).isEqualTo("a\\\"b\\\\c");
    assertThat(mention.erasedFromJson("{\"x\":\"a\\\"b\\\\c\"}")).isEqualTo("{\"x\":\"[erased]\"}");
  }

  @Property
  void an_id_between_other_characters_never_stays(
      @ForAll @StringLength(min = 4, max = 20) String id,
      @ForAll @StringLength(max = 8) String before) {
    String text = before + " " + id + " " + before;
    String erased = new Mention(id).erasedFrom(text);
    assertThat(erased).isNotEqualTo(text).contains(Mention.ERASED);
  }

  @Property
  void a_text_without_the_id_stays_the_same(@ForAll String id, @ForAll String text) {
    if (!text.contains(id)) {
      assertThat(new Mention(id).erasedFrom(text)).isSameAs(text);
    }
  }
}
