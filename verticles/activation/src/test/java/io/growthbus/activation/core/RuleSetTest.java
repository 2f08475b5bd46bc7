package io.growthbus.activation.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.growthbus.activation.core.RuleSet.Change;
import io.growthbus.activation.core.RuleSet.Source;
import io.growthbus.activation.core.RuleSet.Stored;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.domain.RoomException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RuleSetTest {
  private static final List<Rule> FILE = List.of(rule("b", 2), rule("a", 1));

  private static Rule rule(String key, long threshold) {
    return new Rule(key, "calls", threshold, "t", "b", "l", "/u", 0, Duration.ofDays(1));
  }

  private static RuleSet operators(Rule... rules) {
    return RuleSet.of(List.of(rules).stream().map(r -> new Stored(r, Source.API)).toList());
  }

  private static String refused(Runnable order) {
    try {
      order.run();
      return "nothing";
    } catch (RoomException refusal) {
      return refusal.code();
    }
  }

  @Test
  void rules_are_sorted_by_key() {
    assertThat(RuleSet.ofFile(FILE).rules()).extracting(Rule::key).containsExactly("a", "b");
  }

  @Test
  void what_an_operator_defines_takes_the_place_of_the_files_rule_and_the_file_leaves_it_alone() {
    RuleSet put = RuleSet.ofFile(FILE).put(rule("a", 9));

    assertThat(put.get("a")).contains(new Stored(rule("a", 9), Source.API));
    assertThat(put.following(List.of(rule("a", 5), rule("c", 3))).rules())
        .containsExactly(rule("a", 9), rule("c", 3));
  }

  @Test
  void a_rule_that_the_file_drops_is_removed_and_one_of_an_operator_stays() {
    RuleSet now = RuleSet.ofFile(FILE).put(rule("mine", 1));

    assertThat(now.following(List.of()).rules()).containsExactly(rule("mine", 1));
  }

  @Test
  void deleting_a_rule_of_an_operator_lets_that_of_the_file_apply_again() {
    RuleSet now = RuleSet.ofFile(FILE).put(rule("a", 9)).put(rule("mine", 1));

    assertThat(now.delete("a", FILE).get("a")).contains(new Stored(rule("a", 1), Source.FILE));
    assertThat(now.delete("mine", FILE).get("mine")).isEmpty();
  }

  @Test
  void what_is_not_there_and_what_the_file_holds_cannot_be_deleted() {
    RuleSet now = RuleSet.ofFile(FILE);

    assertThat(refused(() -> now.delete("none", FILE))).isEqualTo("unknown_rule");
    assertThat(refused(() -> now.delete("a", FILE))).isEqualTo("rule_in_file");
  }

  @Test
  void no_more_than_200_rules_are_taken_but_each_of_them_may_be_changed() {
    RuleSet full =
        RuleSet.ofFile(IntStream.range(0, RuleSet.MOST).mapToObj(i -> rule("r" + i, 1)).toList());

    assertThat(full.put(rule("r0", 2)).rules()).hasSize(RuleSet.MOST);
    assertThatExceptionOfType(RoomException.class)
        .isThrownBy(() -> full.put(rule("more", 1)))
        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo("too_many_rules"));
  }

  @Test
  void a_change_of_the_owner_alone_changes_nothing_for_anybody() {
    RuleSet now = RuleSet.ofFile(FILE);

    assertThat(now.changesTo(now.put(rule("a", 1))))
        .singleElement()
        .satisfies(change -> assertThat(change.isMeant()).isFalse());
    assertThat(now.changesTo(now.put(rule("a", 2)))).allMatch(Change::isMeant);
    assertThat(now.changesTo(now.following(FILE))).isEmpty();
  }

  @Test
  void changes_name_what_was_added_changed_and_removed() {
    RuleSet now = operators(rule("a", 1), rule("b", 1));

    assertThat(now.changesTo(operators(rule("b", 2), rule("c", 1))))
        .extracting(Change::key)
        .containsExactly("a", "b", "c");
  }
}
