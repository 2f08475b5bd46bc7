package io.growthbus.ingest.core;

import static io.growthbus.ingest.core.SenderClock.behindMs;
import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.core.EventVerdict.Accepted;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.settings.Problems;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class SenderClockTest {
  private static final long NOW = 1_764_000_000_000L;
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final GrowthConfig CONFIG = GrowthConfigReader.read("{}", new Problems());

  @Test
  void a_sender_that_does_not_say_when_it_sent_is_not_corrected() {
    assertThat(behindMs(null, NOW)).isZero();
  }

  @Test
  void a_difference_of_up_to_a_day_is_corrected_and_a_larger_one_is_not() {
    assertThat(behindMs(NOW - 5, NOW)).isEqualTo(5);
    assertThat(behindMs(NOW + 5, NOW)).isEqualTo(-5);
    assertThat(behindMs(NOW - DAY, NOW)).isEqualTo(DAY);
    assertThat(behindMs(NOW + DAY, NOW)).isEqualTo(-DAY);

    for (long absurd :
        new long[] {NOW - DAY - 1, NOW + DAY + 1, 0, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThat(behindMs(absurd, NOW)).isZero();
    }
  }

  @Property
  void a_clock_that_is_wrong_by_less_than_a_day_gives_the_right_times(
      @ForAll @LongRange(min = -86_400_000, max = 86_400_000) long wrongByMs,
      @ForAll @LongRange(min = 0, max = 2_000_000_000) long agoMs) {
    long timestampMs = NOW + wrongByMs - agoMs;

    assertThat(timestampMs + behindMs(NOW + wrongByMs, NOW)).isEqualTo(NOW - agoMs);
  }

  /** Whatever a sender says about its clock: ids are kept for longer than its repetitions live. */
  @Property(tries = 5_000)
  void an_event_that_is_accepted_twice_arrives_within_33_days(
      @ForAll @LongRange(min = 0, max = 4) long timestampDays,
      @ForAll @LongRange(min = -100, max = 100) long firstSentHours,
      @ForAll @LongRange(min = -100, max = 100) long secondSentHours,
      @ForAll @LongRange(min = 30 * 24, max = 40 * 24) long laterHours) {
    long hour = Duration.ofHours(1).toMillis();
    long timestampMs = NOW + timestampDays * DAY;
    long laterMs = NOW + laterHours * hour;

    boolean both =
        accepted(timestampMs, NOW + firstSentHours * hour, NOW)
            && accepted(timestampMs, laterMs + secondSentHours * hour, laterMs);

    assertThat(both && laterMs - NOW > 33 * DAY).isFalse();
  }

  @Test
  void a_batch_that_is_replayed_as_it_was_does_not_become_young_again() {
    assertThat(accepted(NOW, NOW, NOW)).isTrue();
    assertThat(accepted(NOW, NOW, NOW + 30 * DAY)).isTrue();
    assertThat(accepted(NOW, NOW, NOW + 30 * DAY + 1)).isFalse();
  }

  private static boolean accepted(long timestampMs, long sentAtMs, long receivedAtMs) {
    TelemetryEvent event =
        new TelemetryEvent(
            0,
            new UUID(0, 1),
            "1.0.0",
            "u1",
            null,
            null,
            null,
            timestampMs,
            "clicked",
            "{}",
            Set.of(),
            null,
            1);
    long senderNowMs = receivedAtMs - behindMs(sentAtMs, receivedAtMs);
    return EventRules.decide(event, CONFIG, null, true, senderNowMs) instanceof Accepted;
  }
}
