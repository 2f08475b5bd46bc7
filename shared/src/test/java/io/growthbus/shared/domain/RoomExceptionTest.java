package io.growthbus.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RoomExceptionTest {
  @Test
  void a_refusal_is_an_answer_and_carries_no_stack_trace() {
    RoomException refusal = new RoomException(ErrorKind.CONFLICT, "prompt_over", "It is over.");

    assertThat(refusal.kind()).isEqualTo(ErrorKind.CONFLICT);
    assertThat(refusal.code()).isEqualTo("prompt_over");
    assertThat(refusal.text()).isEqualTo("It is over.");
    assertThat(refusal.getStackTrace()).isEmpty();
    assertThat(refusal.problems()).isEmpty();
  }

  @Test
  void fields_that_are_wrong_are_told_in_words_and_one_by_one() {
    List<FieldProblem> problems =
        List.of(new FieldProblem("/a", "must be a text"), new FieldProblem("/b", "is missing"));

    RoomException refusal = RoomException.invalidFields(problems);

    assertThat(refusal.code()).isEqualTo("invalid_field");
    assertThat(refusal.text()).isEqualTo("/a must be a text. /b is missing.");
    assertThat(refusal.pointer()).contains("/a");
    assertThat(refusal.problems()).isEqualTo(problems);
  }

  @Test
  void of_very_many_fields_the_first_are_told() {
    List<FieldProblem> problems =
        IntStream.range(0, 500).mapToObj(i -> new FieldProblem("/" + i, "is wrong")).toList();

    assertThat(RoomException.invalidFields(problems).problems())
        .isEqualTo(problems.subList(0, 100));
  }

  @Test
  void a_pointer_is_made_harmless_to_show() {
    assertThat(new FieldProblem("/a<b>/" + "x".repeat(100) + "/c~1d", "is\nwrong"))
        .isEqualTo(new FieldProblem("/a?b?/" + "x".repeat(64) + "/c~1d", "is?wrong"));
  }
}
