package io.growthbus.activation.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.activation.core.Crossings.Reached;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.message.MeterReading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrossingsTest {
  private static final long NOW = 1_795_530_000_000L;
  private static final Rule THREE = rule("three", "projects", 3);
  private static final Rule FIVE = rule("five", "projects", 5);
  private static final Rule CALLS = rule("calls", "api_calls", 50);
  private static final List<Rule> RULES = List.of(THREE, FIVE, CALLS);

  private static Rule rule(String key, String meter, long threshold) {
    return new Rule(key, meter, threshold, "", "", "", "/pricing", 0, Duration.ofDays(7));
  }

  private static List<Reached> of(MeterReading... readings) {
    return of(RULES, List.of(readings));
  }

  private static List<Reached> of(List<Rule> rules, List<MeterReading> readings) {
    return Crossings.of(rules, readings, user -> Optional.empty(), NOW);
  }

  /** What a count reaches of a rule, for ever and freshly. */
  private static Reached reached(Rule rule, long count) {
    return new Reached(rule, "u", null, Step.reached(rule.thresholds(), count, null), count, true);
  }

  @ParameterizedTest
  @CsvSource({"2,false", "3,true", "4,true"})
  void a_threshold_is_reached_at_its_number_and_above_never_early(long count, boolean reached) {
    assertThat(of(List.of(THREE), List.of(new MeterReading("u", "projects", count))))
        .hasSize(reached ? 1 : 0);
  }

  @Test
  void a_jump_reaches_every_threshold_that_it_passes() {
    assertThat(of(new MeterReading("u", "projects", 7)))
        .containsExactly(reached(FIVE, 7), reached(THREE, 7));
  }

  @Test
  void a_reading_of_another_meter_reaches_nothing() {
    assertThat(of(new MeterReading("u", "invites", 1_000))).isEmpty();
    assertThat(of(List.of(), List.of(new MeterReading("u", "projects", 3)))).isEmpty();
  }

  @Test
  void a_user_seen_twice_counts_once_with_the_highest_count() {
    assertThat(
            of(
                new MeterReading("u", "api_calls", 51),
                new MeterReading("u", "api_calls", 53),
                new MeterReading("u", "api_calls", 52)))
        .containsExactly(reached(CALLS, 53));
  }

  @Property(tries = 500)
  void it_is_what_a_plain_comparison_says_each_once_and_sorted_in_whatever_order_it_comes(
      @ForAll("readings") List<MeterReading> readings, @ForAll Random random) {
    List<MeterReading> shuffled = new ArrayList<>(readings);
    shuffled.addAll(readings);
    Collections.shuffle(shuffled, random);
    List<Reached> reached = of(RULES, shuffled);

    assertThat(reached.stream().map(r -> r.rule().key() + "/" + r.userId()).toList())
        .isSorted()
        .doesNotHaveDuplicates();
    for (Rule rule : RULES) {
      for (String user : List.of("a", "b")) {
        long highest =
            readings.stream()
                .filter(r -> r.userId().equals(user) && r.meter().equals(rule.meter()))
                .mapToLong(MeterReading::count)
                .max()
                .orElse(0);
        assertThat(
                reached.stream()
                    .anyMatch(
                        r ->
                            r.rule().equals(rule)
                                && r.userId().equals(user)
                                && r.count() == highest))
            .isEqualTo(highest >= Crossings.lowest(rule));
      }
    }
  }

  @Provide
  Arbitrary<List<MeterReading>> readings() {
    return Combinators.combine(
            Arbitraries.of("a", "b"),
            Arbitraries.of("projects", "api_calls", "invites"),
            Arbitraries.longs().between(1, 60))
        .as((user, meter, count) -> new MeterReading(user, meter, count))
        .list()
        .ofMaxSize(12);
  }
}
