package io.growthbus.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.flags.store.UsageStore.Counted;
import io.growthbus.flags.store.UsageStore.Kind;
import io.growthbus.shared.flags.FlagDecision.Reason;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagsEvaluated;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvaluationCountsTest {
  private static final FlagAnswer ON = new FlagAnswer(true, "on", "STATIC", 1);
  private static final FlagAnswer NONE = new FlagAnswer(false, null, "FLAG_NOT_FOUND", 1);

  private final EvaluationCounts counts = new EvaluationCounts();

  @Test
  void every_evaluation_is_counted_once_by_key_asker_and_reason() {
    counts.evaluated("a", ON, true);
    counts.evaluated("a", ON, false);
    counts.evaluated("b", ON, false);
    counts.evaluated("gone", NONE, true);
    counts.fetched();

    assertThat(counts.take())
        .containsExactlyInAnyOrder(
            new Counted(Kind.FLAG, "a", 2, true, true),
            new Counted(Kind.FLAG, "b", 1, false, true),
            new Counted(Kind.UNKNOWN, "gone", 1, true, false),
            new Counted(Kind.FETCH, "", 1, true, false));
    assertThat(counts.take()).isEmpty();
    assertThat(counts.evaluations(Reason.STATIC)).isEqualTo(3);
    assertThat(counts.evaluations(Reason.FLAG_NOT_FOUND)).isEqualTo(1);
    assertThat(counts.evaluations(Reason.SPLIT)).isZero();
  }

  @Test
  void what_could_not_be_stored_is_counted_again() {
    counts.evaluated("a", ON, true);
    counts.evaluated("a", ON, false);
    counts.evaluated("a", ON, false);
    counts.evaluated("gone", NONE, false);
    counts.fetched();
    List<Counted> taken = counts.take();

    counts.evaluated("a", ON, false);
    counts.giveBack(taken);

    assertThat(counts.take())
        .containsExactlyInAnyOrder(
            new Counted(Kind.FLAG, "a", 4, true, true),
            new Counted(Kind.UNKNOWN, "gone", 1, false, true),
            new Counted(Kind.FETCH, "", 1, true, false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ada@example.com", "a b", "ü", "a/b", "a\nb"})
  void a_key_that_no_flag_can_have_is_not_kept(String key) {
    counts.evaluated(key, NONE, true);
    counts.evaluated("k".repeat(129), NONE, true);

    assertThat(counts.take()).isEmpty();
    assertThat(counts.evaluations(Reason.FLAG_NOT_FOUND)).isEqualTo(2);
  }

  @Test
  void however_many_unknown_keys_are_asked_for_a_thousand_are_counted() {
    for (int i = 0; i < 5_000; i++) {
      counts.evaluated("key-" + i, NONE, true);
      counts.evaluated("key-0", NONE, true);
    }

    assertThat(counts.take())
        .hasSize(EvaluationCounts.MOST_UNKNOWN)
        .contains(new Counted(Kind.UNKNOWN, "key-0", 5_001, true, false));
  }

  @Test
  void what_a_service_has_answered_itself_counts_as_asked_by_a_server() {
    EvaluationCounts counts = new EvaluationCounts();
    counts.elsewhere(
        new FlagsEvaluated(
            List.of(
                new FlagsEvaluated.Count("beta", 12),
                new FlagsEvaluated.Count("typo", 2),
                new FlagsEvaluated.Count("no key!", 5),
                new FlagsEvaluated.Count("none", 0))),
        "beta"::equals);

    assertThat(counts.take())
        .containsExactlyInAnyOrder(
            new Counted(Kind.FLAG, "beta", 12, false, true),
            new Counted(Kind.UNKNOWN, "typo", 2, false, true));
  }
}
