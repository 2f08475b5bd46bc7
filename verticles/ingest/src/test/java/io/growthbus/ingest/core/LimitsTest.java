package io.growthbus.ingest.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LimitsTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "$identify", "Api Call", "a.b_c:d-e", "0", " "})
  void a_name_is_made_of_plain_characters(String name) {
    assertThat(Limits.isName(name)).isTrue();
    assertThat(Limits.isName(name.repeat(100).substring(0, 100))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/b", "ä", "a\n", "a\tb", "<b>", "a\u0000", "😀"})
  void a_name_with_any_other_character_is_none(String name) {
    assertThat(Limits.isName(name)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0.0", "10.20.30", "1.0.0-alpha.1", "1.0.0+20260101", "1.0.0-rc.1+b-2"})
  void a_semantic_version_is_a_version(String version) {
    assertThat(Limits.isVersion(version)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "1", "1.0", "v1.0.0", "1.0.0.0", "1.0.0-", "1.0.0 ", "1.٠.0", "1.0.x"})
  void anything_else_is_no_version(String version) {
    assertThat(Limits.isVersion(version)).isFalse();
  }

  @Provide
  Arbitrary<String> nearlyForms() {
    Arbitrary<String> uuids =
        Arbitraries.strings().withChars("0123456789abcdefABCDEFg-").ofMinLength(34).ofMaxLength(37);
    Arbitrary<String> versions =
        Arbitraries.of(
                "1", "0", "12", "123456789", "1234567890", ".", ".", ".", "-", "+", "a", "Z", "_")
            .list()
            .ofMinSize(3)
            .ofMaxSize(11)
            .map(parts -> String.join("", parts));
    Arbitrary<String> hyphened =
        Arbitraries.create(() -> UUID.randomUUID().toString())
            .map(id -> id.charAt(0) < '8' ? id : id.replace(id.charAt(0), 'g'));
    return Arbitraries.oneOf(uuids, versions, hyphened, Arbitraries.strings().ofMaxLength(102));
  }

  @Property
  void the_forms_are_those_of_their_patterns(@ForAll("nearlyForms") String text) {
    assertThat(Limits.isUuid(text))
        .isEqualTo(text.matches("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}"));
    assertThat(Limits.isName(text)).isEqualTo(text.matches("[A-Za-z0-9_.:$ -]{1,100}"));
    assertThat(Limits.isVersion(text))
        .isEqualTo(
            text.matches(
                "\\d{1,9}(\\.\\d{1,9}){2}(-[0-9A-Za-z.-]{1,64})?(\\+[0-9A-Za-z.-]{1,64})?"));
  }

  @Property
  void a_text_is_storable_when_it_has_no_nul_and_only_whole_pairs(@ForAll char[] units) {
    String text = new String(units);
    boolean expected = text.codePoints().noneMatch(c -> c == 0 || (c >= 0xD800 && c <= 0xDFFF));

    assertThat(Limits.isStorable(text)).isEqualTo(expected);
  }
}
