package io.growthbus.openfeature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.growthbus.shared.client.FlagClientOptions;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class GrowthbusOptionsTest {
  private static final GrowthbusOptions DEFAULTS = GrowthbusOptions.DEFAULTS;

  @Test
  void each_can_be_set_by_itself() {
    FlagClientOptions often = FlagClientOptions.DEFAULTS.withPoll(Duration.ofSeconds(1));

    assertThat(DEFAULTS.withClient(often).withAskTimeout(Duration.ofSeconds(2)))
        .isEqualTo(new GrowthbusOptions(often, Duration.ofSeconds(2)));
  }

  @Test
  void a_wait_of_nothing_is_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DEFAULTS.withAskTimeout(Duration.ZERO))
        .withMessage("askTimeout must be at least 1 ms");
  }
}
