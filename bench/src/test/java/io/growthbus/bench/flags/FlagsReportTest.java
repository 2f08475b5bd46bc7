package io.growthbus.bench.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.bench.ingest.Figures;
import io.growthbus.bench.ingest.Goal;
import io.growthbus.bench.ingest.LatencyHistogram;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FlagsReportTest {
  @Test
  void a_goal_compares_the_rounds_and_not_their_medians() {
    Figures figures = new Figures();
    for (double slowness : new double[] {1, 9, 3}) {
      figures.add(Evaluators.CLIENT, Evaluators.ROLLOUT_NS, 10 * slowness);
      figures.add(Evaluators.LAUNCHDARKLY, Evaluators.ROLLOUT_NS, 200 * slowness);
    }
    assertThat(goal("times faster than LaunchDarkly", figures).measured()).hasValue(20);
  }

  @Test
  void a_goal_of_a_part_that_was_left_out_is_not_reached() {
    assertThat(FlagsReport.goals(new Figures(), Map.of())).isNotEmpty().noneMatch(Goal::isReached);
  }

  @Test
  void a_change_that_a_node_has_before_the_answer_counts_as_no_wait() {
    LatencyHistogram times = new LatencyHistogram();
    times.record(-5_000_000);
    List<Goal> goals = FlagsReport.goals(new Figures(), Map.of(Changes.NODES, times));
    assertThat(goals)
        .filteredOn(goal -> goal.name().contains("last of three nodes"))
        .singleElement()
        .satisfies(goal -> assertThat(goal.measured().orElseThrow()).isLessThan(0.001));
  }

  private static Goal goal(String name, Figures figures) {
    return FlagsReport.goals(figures, Map.of()).stream()
        .filter(goal -> goal.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
