package io.growthbus.shared.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.settings.Problems;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FlagProposalTest {
  private final Problems problems = new Problems();
  private final GrowthConfig config =
      GrowthConfigReader.read(
          """
          {"flags": {"definitions": [
            {"key": "cart", "enabled": true, "variants": {"new": 1, "old": 2}, "on": "new", "off": "old"},
            {"key": "checkout", "enabled": true, "prerequisites": [{"flag": "cart", "variants": ["new"]}]}]}}\
          """,
          problems);

  private List<FlagDefinition> propose(String key, String text) {
    return FlagProposal.read(
            text,
            key,
            config.flags(),
            FactReferences.Known.of(config, Set.of("own")),
            "/definition",
            problems)
        .map(proposal -> proposal.flags().definitions())
        .orElse(List.of());
  }

  @Test
  void a_definition_takes_the_place_of_the_one_with_its_key_or_is_added() {
    assertThat(propose("checkout", "{\"enabled\": false, \"rollout_percentage\": 12.5}"))
        .extracting(FlagDefinition::key, FlagDefinition::rolloutPercentage)
        .containsExactly(tuple("cart", 0.0), tuple("checkout", 12.5));
    assertThat(
            propose(
                "third",
                "{\"key\": \"third\", \"rules\": [{\"key\": \"r\", \"if\": [{\"attribute\":"
                    + " \"usage.own\", \"operator\": \"exists\"}]}]}"))
        .extracting(FlagDefinition::key)
        .containsExactly("cart", "checkout", "third");
    assertThat(problems.errors()).isEmpty();
  }

  @Test
  void everything_that_is_wrong_with_it_is_told_each_with_its_pointer() {
    propose(
        "checkout",
        "{\"key\": \"other\", \"enabled\": 1, \"rollout_percentage\": 101, \"colour\": \"red\"}");

    assertThat(problems.errors())
        .extracting(problem -> problem.substring(0, problem.indexOf(':')))
        .containsExactlyInAnyOrder(
            "/definition/key",
            "/definition/enabled",
            "/definition/rollout_percentage",
            "/definition/colour");
  }

  @Test
  void what_it_says_of_others_is_checked_and_what_others_say_of_it() {
    propose(
        "cart",
        """
        {"variants": {"newer": 1, "old": 2}, "on": "newer", "off": "old", "holdout": "h",
         "prerequisites": [{"flag": "checkout"}],
         "rules": [{"key": "r", "variant": "old", "if": [
           {"attribute": "usage.none", "operator": "exists"}, {"segment": "s"}]}]}\
        """);

    assertThat(problems.errors())
        .extracting(problem -> problem.substring(0, problem.indexOf(':')))
        .containsExactlyInAnyOrder(
            "/definition/holdout",
            "/definition/prerequisites",
            "/definition/rules/0/if/1/segment",
            "/definition/rules/0/if/0/attribute",
            "/definition/variants");
  }

  @Test
  void what_is_no_json_object_or_names_a_key_twice_is_refused() {
    for (String text :
        List.of("[]", "1", "{", "{\"enabled\": true, \"enabled\": false}", "{} {}")) {
      assertThat(propose("cart", text)).as(text).isEmpty();
    }
    assertThat(problems.errors()).isNotEmpty().allMatch(line -> line.startsWith("/definition: "));
  }
}
