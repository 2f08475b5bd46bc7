package io.growthbus.activation.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.activation.core.Budget.Candidate;
import io.growthbus.activation.core.Budget.Decision;
import io.growthbus.activation.core.Budget.Granted;
import io.growthbus.shared.config.PromptCaps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BudgetTest {
  private static final long NOW = 1_795_530_000_000L;
  private static final long HOUR = Duration.ofHours(1).toMillis();

  private static Candidate candidate(int id, String rule, int priority, long createdAtMs) {
    return new Candidate(new UUID(0, id), rule, 0, priority, createdAtMs);
  }

  private static PromptCaps perDay(int most) {
    return new PromptCaps(null, most, Duration.ZERO);
  }

  private static List<Decision> decide(
      PromptCaps caps, List<Granted> past, Candidate... candidates) {
    return Budget.decide(List.of(candidates), past, caps, NOW);
  }

  private static Decision decision(int id, @Nullable Suppression suppression, long untilMs) {
    return new Decision(new UUID(0, id), suppression, untilMs);
  }

  @Test
  void without_caps_everything_is_shown_the_highest_priority_first() {
    assertThat(decide(PromptCaps.NONE, List.of(), candidate(1, "a", 1, 0), candidate(2, "b", 9, 0)))
        .containsExactly(decision(2, null, 0), decision(1, null, 0));
  }

  @Test
  void of_equal_priority_the_elder_wins_and_then_the_smaller_id() {
    assertThat(
            decide(
                perDay(1),
                List.of(),
                candidate(3, "c", 5, 10),
                candidate(2, "b", 5, 9),
                candidate(1, "a", 5, 10)))
        .extracting(Decision::promptId)
        .containsExactly(new UUID(0, 2), new UUID(0, 1), new UUID(0, 3));
  }

  @Test
  void what_lost_against_another_waits_a_day_and_says_so() {
    assertThat(decide(perDay(1), List.of(), candidate(1, "a", 1, 0), candidate(2, "b", 2, 0)))
        .containsExactly(
            decision(2, null, 0), decision(1, Suppression.LOWER_PRIORITY, NOW + 24 * HOUR));
  }

  @Test
  void a_day_is_full_until_the_first_of_its_prompts_is_a_day_old() {
    List<Granted> past =
        List.of(new Granted("x", 0, NOW - 23 * HOUR), new Granted("y", 0, NOW - 30 * HOUR));

    assertThat(decide(perDay(1), past, candidate(1, "a", 1, 0)))
        .containsExactly(decision(1, Suppression.CAP_DAY, NOW + HOUR));
    assertThat(decide(perDay(2), past, candidate(1, "a", 1, 0)))
        .containsExactly(decision(1, null, 0));
    List<Granted> dayOld = List.of(new Granted("x", 0, NOW - 24 * HOUR));
    assertThat(decide(perDay(1), dayOld, candidate(1, "a", 1, 0)))
        .containsExactly(decision(1, null, 0));
  }

  @Test
  void two_prompts_keep_their_distance() {
    PromptCaps caps = new PromptCaps(null, null, Duration.ofHours(2));

    assertThat(decide(caps, List.of(new Granted("x", 0, NOW - HOUR)), candidate(1, "a", 1, 0)))
        .containsExactly(decision(1, Suppression.CAP_DISTANCE, NOW + HOUR));
    assertThat(decide(caps, List.of(new Granted("x", 0, NOW - 2 * HOUR)), candidate(1, "a", 1, 0)))
        .containsExactly(decision(1, null, 0));
    assertThat(decide(caps, List.of(), candidate(1, "a", 1, 0)))
        .containsExactly(decision(1, null, 0));
  }

  @Test
  void a_rule_whose_own_cap_is_used_up_ends_its_prompts_in_that_epoch() {
    PromptCaps caps = new PromptCaps(1, null, Duration.ZERO);

    assertThat(decide(caps, List.of(new Granted("a", 0, 5)), candidate(1, "a", 1, 0)))
        .containsExactly(decision(1, Suppression.CAP_PROMPT, 0));
    assertThat(decide(caps, List.of(new Granted("a", 1, 5)), candidate(1, "a", 1, 0)))
        .containsExactly(decision(1, null, 0));
  }

  @Property(tries = 300)
  void never_more_than_the_cap_whatever_the_order_and_always_the_most_important(
      @ForAll @IntRange(min = 1, max = 4) int most,
      @ForAll @IntRange(min = 0, max = 8) int count,
      @ForAll Random random) {
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      candidates.add(candidate(i, "r" + i, random.nextInt(4), random.nextInt(3)));
    }
    List<Decision> decisions = Budget.decide(candidates, List.of(), perDay(most), NOW);
    Collections.shuffle(candidates, random);

    assertThat(Budget.decide(candidates, List.of(), perDay(most), NOW)).isEqualTo(decisions);
    assertThat(decisions.stream().filter(one -> one.suppression() == null))
        .hasSize(Math.min(most, count));
    assertThat(decisions.stream().limit(most)).allMatch(one -> one.suppression() == null);
  }
}
