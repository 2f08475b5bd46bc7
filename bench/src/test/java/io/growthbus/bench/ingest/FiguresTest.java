package io.growthbus.bench.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class FiguresTest {
  private final Figures figures = new Figures();

  @Test
  void a_ratio_is_taken_round_by_round_so_that_a_slow_round_does_not_move_it() {
    add(Subjects.PRODUCT, 60, 30, 6);
    add(Subjects.COPY, 100, 50, 10);
    assertThat(figures.ratio(Subjects.PRODUCT, Subjects.COPY, Figures.RATE).getAsDouble())
        .isCloseTo(0.6, within(1e-9));
  }

  @Test
  void there_is_no_ratio_to_what_was_not_measured() {
    add(Subjects.PRODUCT, 60);
    assertThat(figures.ratio(Subjects.PRODUCT, Subjects.COPY, Figures.RATE)).isEmpty();
  }

  @Test
  void the_table_has_a_line_for_each_subject_and_says_what_is_missing() {
    add(Subjects.COPY, 100_000, 120_000, 110_000);
    add(Subjects.PRODUCT, 55_000, 60_000, 66_000);
    figures.add(Subjects.PRODUCT, Figures.P50, 12.34);
    List<String> table = IngestReport.table(figures, Map.of(Subjects.PRODUCT, 64));
    assertThat(table).hasSize(3);
    assertThat(table.get(1)).contains("110,000", "(100,000 - 120,000)", "1.00", "- / -");
    assertThat(table.get(2)).contains("60,000", "0.55", "64", "12.3 / -");
  }

  @Test
  void goals_say_in_words_whether_they_are_reached() {
    add(Subjects.PRODUCT, 50);
    add(Subjects.COPY, 100);
    add(Subjects.EXPRESS, 10);
    figures.add(Subjects.PRODUCT, Figures.P99, 61);
    List<String> goals = Goal.of(figures, OptionalDouble.of(0.9)).stream().map(Goal::text).toList();
    assertThat(goals)
        .contains(
            "reached      milestone: events/s over COPY at least 0.45 x, 0.50 x",
            "NOT reached  goal: events/s over COPY at least 0.6 x, 0.50 x",
            "NOT reached  p99 at saturation at most 60 ms, 61.00 ms",
            "not measured p99 at half load at most 15 ms",
            "reached      goal: events/s over Express at least 2.5 x, 5.00 x",
            "not measured goal: events/s over Fastify at least 1.8 x",
            "reached      rate over COPY with all rows, over the same without at least 0.8 x, 0.90 x");
  }

  private void add(String subject, double... rates) {
    for (double rate : rates) {
      figures.add(subject, Figures.RATE, rate);
    }
  }
}
