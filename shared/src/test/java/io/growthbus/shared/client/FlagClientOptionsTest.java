package io.growthbus.shared.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FlagClientOptionsTest {
  private static final FlagClientOptions DEFAULTS = FlagClientOptions.DEFAULTS;

  @Test
  void each_can_be_set_by_itself() {
    assertThat(DEFAULTS.withPoll(Duration.ofSeconds(1)).withStartTimeout(Duration.ofSeconds(2)))
        .isEqualTo(new FlagClientOptions(Duration.ofSeconds(1), Duration.ofSeconds(2)));
  }

  @Test
  void a_duration_out_of_its_range_is_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DEFAULTS.withPoll(Duration.ofMillis(99)))
        .withMessage("poll must be 100 ms to 1 h");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DEFAULTS.withPoll(Duration.ofMinutes(61)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DEFAULTS.withStartTimeout(Duration.ZERO))
        .withMessage("startTimeout must be 1 ms to 1 h");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DEFAULTS.withStartTimeout(Duration.ofMinutes(61)));
  }
}
