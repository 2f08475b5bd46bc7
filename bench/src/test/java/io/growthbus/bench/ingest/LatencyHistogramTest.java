package io.growthbus.bench.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
  @Test
  void percentiles_are_those_of_the_sorted_latencies_within_two_percent() {
    long[] nanos = new Random(7).longs(100_000, 1_000, 5_000_000_000L).map(n -> n / 7).toArray();
    LatencyHistogram histogram = new LatencyHistogram();
    LongStream.of(nanos).forEach(histogram::record);
    Arrays.sort(nanos);
    for (double share : new double[] {0.01, 0.5, 0.9, 0.99, 0.999, 1}) {
      double exact = nanos[(int) Math.ceil(share * nanos.length) - 1] / 1e6;
      assertThat(histogram.percentileMs(share)).isBetween(exact, exact * 1.02);
    }
  }

  @Test
  void one_slow_request_among_a_hundred_is_above_the_p99_and_is_the_greatest() {
    LatencyHistogram histogram = new LatencyHistogram();
    for (int i = 0; i < 99; i++) {
      histogram.record(1_000_000);
    }
    histogram.record(500_000_000);
    assertThat(histogram.percentileMs(0.99)).isCloseTo(1, within(0.02));
    assertThat(histogram.percentileMs(1)).isCloseTo(500, within(10.0));
  }

  @Test
  void what_is_out_of_range_counts_as_the_nearest_latency() {
    LatencyHistogram histogram = new LatencyHistogram();
    histogram.record(-5);
    assertThat(histogram.percentileMs(1)).isZero();
    histogram.record(Long.MAX_VALUE);
    assertThat(histogram.total()).isEqualTo(2);
    assertThat(histogram.percentileMs(1)).isGreaterThan(14_400_000);
  }

  @Test
  void nothing_has_no_latency() {
    assertThat(new LatencyHistogram().percentileMs(0.99)).isZero();
  }
}
