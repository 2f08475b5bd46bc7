package io.growthbus.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RoomExceptionTest {
  @Test
  void a_refusal_is_an_answer_and_carries_no_stack_trace() {
    RoomException refusal = new RoomException(ErrorKind.CONFLICT, "prompt_over", "It is over.");

    assertThat(refusal.kind()).isEqualTo(ErrorKind.CONFLICT);
    assertThat(refusal.code()).isEqualTo("prompt_over");
    assertThat(refusal.text()).isEqualTo("It is over.");
    assertThat(refusal.getStackTrace()).isEmpty();
  }
}
