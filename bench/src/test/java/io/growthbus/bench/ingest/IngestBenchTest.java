package io.growthbus.bench.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class IngestBenchTest {
  @Test
  void a_server_runs_with_the_fewest_connections_that_nearly_reach_its_highest_rate() {
    assertThat(IngestBench.fewest(Map.of(32, 94.0, 64, 96.0, 128, 100.0, 256, 99.0))).isEqualTo(64);
  }

  @Test
  void the_highest_rate_alone_decides_when_no_other_is_near() {
    assertThat(IngestBench.fewest(Map.of(32, 50.0, 64, 80.0, 128, 100.0))).isEqualTo(128);
  }
}
