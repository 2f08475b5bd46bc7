package io.growthbus.bench.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IngestPlanTest {
  @Test
  void the_long_curve_is_measured_at_0_1_5_10_and_20_million() {
    assertThat(IngestPlan.standard(5, 20_000_000).curve())
        .containsExactly(0L, 1_000_000L, 5_000_000L, 10_000_000L, 20_000_000L);
  }

  @Test
  void the_short_curve_ascends_in_thirds() {
    assertThat(IngestPlan.standard(5, 300_000).curve())
        .containsExactly(0L, 100_000L, 200_000L, 300_000L);
  }

  @Test
  void every_subject_is_in_every_round_and_begins_another_one_each_time() {
    Set<String> first = new HashSet<>();
    List<String> order = Subjects.inRound(0);
    for (int round = 0; round < order.size(); round++) {
      assertThat(Subjects.inRound(round)).containsExactlyInAnyOrderElementsOf(order);
      assertThat(first.add(Subjects.inRound(round).get(0))).isTrue();
    }
  }

  @Test
  void the_heaviest_come_first_with_their_part_of_the_whole() {
    Ranking ranking = new Ranking();
    ranking.add("b", 1);
    ranking.add("a", 1);
    ranking.add("c", 1);
    ranking.add("c", 1);
    assertThat(ranking.top(2))
        .containsExactly(new Ranking.Place("c", 2, 0.5), new Ranking.Place("a", 1, 0.25));
  }
}
