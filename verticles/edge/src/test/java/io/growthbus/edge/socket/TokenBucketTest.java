package io.growthbus.edge.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
  private static int taken(TokenBucket bucket, int tries, long nowMs) {
    int taken = 0;
    for (int i = 0; i < tries; i++) {
      taken += bucket.take(nowMs) ? 1 : 0;
    }
    return taken;
  }

  @Test
  void a_burst_may_have_twice_the_rate() {
    assertThat(taken(new TokenBucket(20, 0), 100, 0)).isEqualTo(40);
  }

  @Test
  void after_a_burst_the_rate_holds() {
    TokenBucket bucket = new TokenBucket(20, 0);
    taken(bucket, 100, 0);
    assertThat(taken(bucket, 100, 49)).isZero();
    assertThat(taken(bucket, 100, 50)).isEqualTo(1);
    assertThat(taken(bucket, 100, 1_050)).isEqualTo(20);
  }

  @Test
  void what_is_not_used_does_not_pile_up() {
    TokenBucket bucket = new TokenBucket(20, 0);
    assertThat(taken(bucket, 1_000, 3_600_000)).isEqualTo(40);
  }

  @Test
  void a_clock_that_goes_back_gives_nothing_and_takes_nothing() {
    TokenBucket bucket = new TokenBucket(20, 10_000);
    taken(bucket, 39, 10_000);
    assertThat(taken(bucket, 10, 5_000)).isEqualTo(1);
    assertThat(taken(bucket, 10, 5_100)).isEqualTo(2);
  }

  @Property
  void never_more_than_the_burst_and_the_rate_of_the_time_that_passed(
      @ForAll @IntRange(min = 1, max = 50) int perSecond,
      @ForAll @Size(max = 50) List<@IntRange(min = 0, max = 400) Integer> pauses) {
    TokenBucket bucket = new TokenBucket(perSecond, 0);
    long now = 0;
    int taken = taken(bucket, 60, now);
    for (int pause : pauses) {
      now += pause;
      taken += taken(bucket, 60, now);
    }
    assertThat((double) taken)
        .isLessThanOrEqualTo(2.0 * perSecond + now * perSecond / 1000.0 + 1e-6);
  }
}
