package io.growthbus.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "A.b_c-9", "..", "-"})
  void letters_digits_point_line_and_dash_make_a_key(String text) {
    assertThat(Keys.isKey(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a/b", "é", "a\n", "a%20", "\u0660"})
  void anything_else_makes_none(String text) {
    assertThat(Keys.isKey(text)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 128})
  void it_has_up_to_128_characters(int length) {
    assertThat(Keys.isKey("k".repeat(length))).isTrue();
    assertThat(Keys.isKey("k".repeat(length + 128))).isFalse();
  }
}
