package io.growthbus.ingest.core.meters;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.core.meters.MeterTransition.Stored;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.GrowthConfig.MeterPeriod;
import io.growthbus.shared.config.GrowthConfig.MeterSubject;
import io.growthbus.shared.message.MeterState.Source;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeterTransitionTest {
  private static final Meter PLAIN = new Meter("m", "used");
  private static final Meter FILLING =
      new Meter("m", "used", List.of(), null, MeterSubject.USER, MeterPeriod.LIFETIME, true);
  private static final Meter OTHER = new Meter("m", "clicked");

  private static Stored stored(Meter definition, Source source) {
    return new Stored(1, "m", definition, source, 1);
  }

  @Test
  void a_new_meter_starts_and_the_same_again_changes_nothing() {
    assertThat(MeterTransition.byFile(null, PLAIN)).isEqualTo(MeterTransition.START);
    assertThat(MeterTransition.byFile(stored(PLAIN, Source.FILE), PLAIN))
        .isEqualTo(MeterTransition.KEEP);
    assertThat(MeterTransition.byOperator(stored(PLAIN, Source.API), PLAIN, true))
        .isEqualTo(MeterTransition.KEEP);
  }

  @Test
  void another_way_of_counting_never_goes_on_with_the_old_counters() {
    assertThat(MeterTransition.byOperator(stored(PLAIN, Source.API), OTHER, false))
        .isEqualTo(MeterTransition.REFUSE);
    assertThat(MeterTransition.byOperator(stored(PLAIN, Source.API), OTHER, true))
        .isEqualTo(MeterTransition.RESTART);
    assertThat(MeterTransition.byFile(stored(PLAIN, Source.FILE), OTHER))
        .isEqualTo(MeterTransition.RESTART);
  }

  @Test
  void counting_earlier_events_too_is_no_other_way_of_counting() {
    assertThat(MeterTransition.byOperator(stored(PLAIN, Source.API), FILLING, false))
        .isEqualTo(MeterTransition.UPDATE);
  }

  @Test
  void the_file_does_not_touch_what_an_operator_has_defined_and_the_operator_takes_over() {
    assertThat(MeterTransition.byFile(stored(OTHER, Source.API), PLAIN))
        .isEqualTo(MeterTransition.KEEP);
    assertThat(MeterTransition.byOperator(stored(PLAIN, Source.FILE), PLAIN, false))
        .isEqualTo(MeterTransition.UPDATE);
  }

  @Test
  void counters_without_a_definition_are_plain_counts_of_users() {
    Stored unnamed = new Stored(1, "m", null, Source.FILE, 0);
    assertThat(MeterTransition.byFile(unnamed, PLAIN)).isEqualTo(MeterTransition.UPDATE);
    assertThat(
            MeterTransition.byFile(
                unnamed,
                new Meter(
                    "m", "used", List.of(), null, MeterSubject.USER, MeterPeriod.MONTH, false)))
        .isEqualTo(MeterTransition.RESTART);
  }
}
