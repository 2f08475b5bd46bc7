package io.growthbus.ingest.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoundedPatternTest {
  private static final String LONG = "a".repeat(8 * 1024);

  @Test
  void a_pattern_is_found_anywhere_unless_it_is_anchored() {
    assertThat(new BoundedPattern("b+").matches("abbc")).isTrue();
    assertThat(new BoundedPattern("^b+").matches("abbc")).isFalse();
    assertThat(new BoundedPattern("^[a-z]+$").matches("abc")).isTrue();
    assertThat(new BoundedPattern("^[a-z]+$").matches("abc\n")).isFalse();
    assertThat(new BoundedPattern("a\\$").matches("a$b")).isTrue();
  }

  @Test
  void a_well_behaved_pattern_matches_the_longest_text() {
    assertThat(new BoundedPattern("^[a-z]+$").matches(LONG)).isTrue();
    assertThat(new BoundedPattern("b").matches(LONG)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"^(a+)+$", "^(a|a)*$", "(.*)*x", "^(a|aa)+$", "(a*)*\\1b", "a*a*a*a*b"})
  void a_pattern_that_backtracks_without_end_gives_up(String regex) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> assertThat(new BoundedPattern(regex).matches(LONG + "!")).isFalse());
  }

  @Test
  void what_is_no_pattern_is_refused() {
    assertThatThrownBy(() -> new BoundedPattern("(")).isInstanceOf(PatternSyntaxException.class);
  }
}
