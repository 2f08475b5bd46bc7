package io.growthbus.shared.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class ProblemsTest {
  @Test
  void problems_keep_the_order_in_which_they_were_noted_and_repeat_nothing() {
    Problems problems = new Problems();
    problems.error("b", "is wrong");
    problems.error("a", "is wrong");
    problems.error("b", "is wrong");

    assertThat(problems.errors()).containsExactly("b: is wrong", "a: is wrong");
  }

  @Test
  void a_warning_alone_is_no_problem() {
    Problems problems = new Problems();
    problems.warning("a", "is doubtful");

    assertThat(problems.isEmpty()).isTrue();
    assertThat(problems.warnings()).containsExactly("a: is doubtful");
    problems.error("a", "is wrong");
    assertThat(problems.isEmpty()).isFalse();
  }

  @Test
  void the_nearest_known_word_is_offered_whatever_its_case() {
    assertThat(Problems.didYouMean("HTTP.PROT", List.of("ops.port", "http.port")))
        .isEqualTo("; did you mean \"http.port\"?");
  }

  @Test
  void nothing_is_offered_for_a_word_that_is_like_none() {
    assertThat(Problems.didYouMean("colour", List.of("http.port", "ops.port"))).isEmpty();
    assertThat(Problems.didYouMean("colour", List.of())).isEmpty();
  }

  @Property(tries = 200)
  void a_word_with_one_slip_finds_its_way_back(
      @ForAll @AlphaChars @StringLength(min = 4, max = 20) String word) {
    String slip = word.substring(0, 1) + word.substring(2);

    assertThat(Problems.didYouMean(slip, List.of(word, "0".repeat(60))))
        .isEqualTo("; did you mean \"" + word + "\"?");
  }
}
