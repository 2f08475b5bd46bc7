package io.growthbus.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoneSurrogatesTest {

  private static String voided(String text) {
    char[] characters = text.toCharArray();
    LoneSurrogates.voidIn(characters, 0, characters.length);
    return new String(characters);
  }

  @ParameterizedTest
  @CsvSource({
    "\\ud83d,\\u0000",
    "\\uDC00,\\u0000",
    "a\\ud83db,a\\u0000b",
    "\\ud83d\\n,\\u0000\\n",
    "\\ud83d\\u0041,\\u0000\\u0041",
    "\\ud83d\\ud83d\\ude00,\\u0000\\ud83d\\ude00",
    "\\ude00\\ud83d,\\u0000\\u0000",
    "\\ud83d\\ude00\\ude00,\\ud83d\\ude00\\u0000",
    "\\\\\\ud83d,\\\\\\u0000",
  })
  void half_of_a_pair_becomes_an_escaped_nul(String text, String expected) {
    assertThat(voided(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\\ud83d\\ude00",
        "\\uD83D\\uDE00",
        "\\\\ud83d",
        "\\u0041\\ud7ff\\ue000",
        "\\ud83",
        "\\ud83g",
        "\\ud８3d",
        "\\",
        "\\\\",
        "",
      })
  void everything_else_stays_as_it_is(String text) {
    assertThat(voided(text)).isEqualTo(text);
  }

  @Test
  void only_the_given_part_is_looked_at() {
    char[] text = "\\ud83d\\ud83d\\ude00".toCharArray();
    LoneSurrogates.voidIn(text, 6, 12);

    assertThat(new String(text)).isEqualTo("\\ud83d\\u0000\\ude00");
  }

  @Property(tries = 300)
  void a_text_is_unchanged_exactly_when_all_its_pairs_are_whole(@ForAll char[] units) {
    StringBuilder escaped = new StringBuilder();
    for (char unit : units) {
      escaped.append("\\u%04x".formatted((int) unit));
    }
    boolean whole = new String(units).codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);

    assertThat(voided(escaped.toString()).contentEquals(escaped)).isEqualTo(whole);
  }
}
