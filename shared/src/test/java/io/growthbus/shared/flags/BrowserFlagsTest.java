package io.growthbus.shared.flags;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.growthbus.shared.config.FlagForm;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.flags.BrowserFlags.View;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Rule;
import io.growthbus.shared.flags.Targeting.Segment;
import io.growthbus.shared.settings.Problems;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BrowserFlagsTest {
  private static final List<String> USERS = List.of("id-ada", "id-bob", "id-cyd", "id-eve");
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Flags FLAGS =
      flags(
          """
          {'definitions': [
            {'key': 'asked', 'enabled': true, 'rollout_percentage': 100, 'evaluation': 'remote', 'target_users': ['id-bob']},
            {'key': 'facts', 'enabled': true, 'rules': [{'key': 'free', 'if': [{'attribute': 'tier', 'values': ['free']}]}]},
            {'key': 'hidden', 'enabled': true, 'rollout_percentage': 50, 'evaluation': 'server', 'target_users': ['id-ada'],
             'rules': [{'key': 'r', 'if': [{'segment': 'of_hidden'}]}]},
            {'key': 'named', 'enabled': true, 'rules': [
              {'key': 'in', 'if': [{'attribute': 'user_id', 'values': ['id-ada', 'id-bob']}, {'attribute': 'a', 'values': [1]}]},
              {'key': 'not', 'if': [{'attribute': 'user_id', 'values': ['id-cyd'], 'not': true}, {'attribute': 'a', 'values': [2]}]},
              {'key': 'there', 'if': [{'attribute': 'user_id', 'operator': 'exists'}, {'attribute': 'a', 'values': [3]}]}]},
            {'key': 'needs_hidden', 'enabled': true, 'rollout_percentage': 100, 'prerequisites': [{'flag': 'hidden'}]},
            {'key': 'needs_named', 'enabled': true, 'rollout_percentage': 100, 'prerequisites': [{'flag': 'named'}]},
            {'key': 'needs_needs', 'enabled': true, 'rollout_percentage': 100, 'prerequisites': [{'flag': 'needs_hidden'}]},
            {'key': 'over_segment', 'enabled': true, 'rollout_percentage': 30, 'bucketing': 'murmur3',
             'rules': [{'key': 'vip', 'if': [{'segment': 'vips'}]}]},
            {'key': 'plain', 'enabled': true, 'rollout_percentage': 50, 'target_users': ['id-ada', 'id-bob']},
            {'key': 'rich', 'enabled': true, 'rollout_percentage': 50, 'bucketing': 'murmur3', 'holdout': 'q4',
             'target_users': ['id-eve'], 'targets': [{'variant': 'off', 'users': ['id-bob', 'id-cyd']}],
             'rules': [{'key': 'staff', 'if': [{'segment': 'staff'}]}], 'prerequisites': [{'flag': 'plain'}]}],
           'segments': [
            {'key': 'of_hidden', 'if': [{'attribute': 'b', 'values': [1]}]},
            {'key': 'q4', 'if': [{'attribute': 'b', 'values': [2]}]},
            {'key': 'staff', 'if': [{'attribute': 'a', 'values': [1, 2]}]},
            {'key': 'vips', 'if': [{'attribute': 'user_id', 'values': ['id-bob', 'id-cyd']}]}],
           'holdouts': [{'key': 'q4', 'percentage': 50}, {'key': 'staff', 'percentage': 1}]}
          """);

  private final BrowserFlags browser = new BrowserFlags(FLAGS);

  private static Flags flags(String json) {
    Problems problems = new Problems();
    Flags flags =
        GrowthConfigReader.read("{\"flags\":" + json.replace('\'', '"') + "}", problems).flags();
    assertThat(problems.errors()).isEmpty();
    return new FlagSnapshot(1, flags).flags();
  }

  private static List<String> keys(View view) {
    return view.flags().definitions().stream().map(FlagDefinition::key).toList();
  }

  /** All that a view says, as JSON. */
  private static String text(View view) {
    Stream<Map<String, Object>> forms =
        Stream.of(
                view.flags().definitions().stream().map(FlagForm::of),
                view.flags().segments().stream().map(FlagForm::of),
                view.flags().holdouts().stream().map(FlagForm::of))
            .flatMap(part -> part);
    return forms.map(form -> JSON.valueToTree(form).toString()).collect(Collectors.joining());
  }

  private static void answersAsTheWhole(View view, Flags whole, @Nullable String user) {
    FlagSnapshot all = new FlagSnapshot(1, whole);
    FlagSnapshot narrowed = new FlagSnapshot(1, view.flags());
    for (String key : keys(view)) {
      for (int a = 0; a < 4; a++) {
        Map<String, Object> attributes = Map.of("a", a, "b", 1);
        assertThat(narrowed.evaluate(key, user, attributes))
            .as("%s for %s with %s", key, user, attributes)
            .isEqualTo(all.evaluate(key, user, attributes));
      }
    }
  }

  @Test
  void a_page_of_a_user_evaluates_what_needs_nothing_that_it_must_not_know() {
    View view = browser.page("id-ada");

    assertThat(keys(view)).containsExactly("named", "needs_named", "over_segment", "plain", "rich");
    assertThat(view.remote()).containsExactly("asked", "facts", "needs_hidden", "needs_needs");
  }

  @Test
  void a_page_of_nobody_also_asks_for_what_has_conditions_on_users() {
    View view = browser.page(null);

    assertThat(keys(view)).containsExactly("plain", "rich");
    assertThat(view.remote())
        .containsExactly(
            "asked",
            "facts",
            "named",
            "needs_hidden",
            "needs_named",
            "needs_needs",
            "over_segment");
  }

  @Test
  void a_page_gets_the_segments_and_holdouts_only_that_its_flags_name() {
    assertThat(browser.page("id-ada").flags().segments())
        .extracting(Segment::key)
        .containsExactly("staff", "vips");
    assertThat(browser.page(null).flags().segments())
        .extracting(Segment::key)
        .containsExactly("staff");
    assertThat(browser.page(null).flags().holdouts())
        .extracting(Holdout::key)
        .containsExactly("q4");
  }

  @Test
  void no_page_learns_the_id_of_another_user_or_a_flag_of_the_server() {
    for (String user : Stream.concat(USERS.stream(), Stream.of("", "id-", "nobody")).toList()) {
      String text = text(browser.page(user));
      assertThat(USERS).filteredOn(text::contains).isSubsetOf(user);
      assertThat(text).doesNotContain("hidden", "asked", "tier");
      assertThat(browser.page(user).remote()).doesNotContain("hidden");
    }
    assertThat(USERS).noneMatch(text(browser.page(null))::contains);
    assertThat(text(browser.page("id-bob"))).contains("id-bob");
  }

  @Test
  void definitions_for_a_page_give_its_user_and_nobody_the_answers_of_the_whole_ones() {
    for (String user : USERS) {
      answersAsTheWhole(browser.page(user), FLAGS, user);
    }
    View nobody = browser.page(null);
    answersAsTheWhole(nobody, FLAGS, null);
    assertThat(browser.page("id-bob").flags().definitions())
        .filteredOn(flag -> flag.key().equals("rich"))
        .allMatch(flag -> flag.rules().targets().get(0).users().equals(List.of("id-bob")));
  }

  @ParameterizedTest
  @EnumSource(Operator.class)
  void a_condition_on_the_user_fits_the_one_who_asks_as_it_did(Operator operator) {
    List<List<Object>> values =
        List.of(
            List.of(),
            List.of("id-ada"),
            List.of("id-bob", "id-ada"),
            List.of("ada"),
            List.of("id-"),
            List.of(7),
            List.of("1.0.0"),
            List.of("2026-01-31"),
            List.of(true));
    for (List<Object> each : values) {
      for (boolean not : new boolean[] {false, true}) {
        Flags flags = flag(new Condition(Targeting.USER_ID, operator, each, null, not));
        for (String user : List.of("id-ada", "id-eve", "1.0.0", "2026-02-01", "", "7")) {
          View view = new BrowserFlags(flags).page(user);
          assertThat(keys(view)).containsExactly("f");
          assertThat(USERS).filteredOn(text(view)::contains).isSubsetOf(user);
          answersAsTheWhole(view, flags, user);
          answersAsTheWhole(view, flags, null);
        }
      }
    }
  }

  private static Flags flag(Condition condition) {
    Targeting seed = Targeting.SEED;
    Targeting ruled =
        new Targeting(
            seed.bucketing(),
            null,
            seed.bucketBy(),
            seed.variants(),
            seed.on(),
            seed.off(),
            List.of(),
            List.of(),
            List.of(new Rule("r", List.of(condition), 100, "on", List.of())),
            List.of(),
            null);
    return Flags.of(List.of(new FlagDefinition("f", true, 0, List.of(), Surface.CLIENT, ruled)));
  }

  @Test
  void whoever_holds_the_secret_key_gets_everything_and_asks_for_what_looks_at_facts() {
    assertThat(browser.whole().flags()).isEqualTo(FLAGS);
    assertThat(browser.whole().remote()).containsExactly("facts");

    View ofAda = browser.whole("id-ada");
    assertThat(keys(ofAda)).hasSize(FLAGS.definitions().size());
    assertThat(USERS).filteredOn(text(ofAda)::contains).containsExactly("id-ada");
    answersAsTheWhole(ofAda, FLAGS, "id-ada");
  }
}
