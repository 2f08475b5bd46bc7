package io.growthbus.shared.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.flags.FlagDecision.Reason;
import io.growthbus.shared.settings.Problems;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TargetingTest {
  private static FlagSnapshot flags(String json) {
    Problems problems = new Problems();
    Flags flags =
        GrowthConfigReader.read("{\"flags\":" + json.replace('\'', '"') + "}", problems).flags();
    assertThat(problems.errors()).isEmpty();
    return new FlagSnapshot(1, flags);
  }

  private static List<String> problems(String json) {
    Problems problems = new Problems();
    GrowthConfigReader.read("{\"flags\":" + json.replace('\'', '"') + "}", problems);
    return problems.errors();
  }

  private static FlagSnapshot flag(String json) {
    return flags("{'definitions':[{'key':'f','enabled':true," + json + "}]}");
  }

  @Test
  void the_first_rule_that_fits_decides_even_when_its_percentage_leaves_the_user_out() {
    FlagSnapshot snapshot =
        flag(
            "'rollout_percentage':100,'rules':["
                + "{'key':'none','if':[{'attribute':'plan','values':['free']}],'rollout_percentage':0},"
                + "{'key':'all','if':[]}]");

    FlagDecision decision = snapshot.evaluate("f", "u", Map.of("plan", "free"));

    assertThat(decision.isOn()).isFalse();
    assertThat(decision.reason()).isEqualTo(Reason.RULE_EXCLUDED);
    assertThat(decision.rule()).isEqualTo("none");
    assertThat(snapshot.evaluate("f", "u", Map.of("plan", "pro")).rule()).isEqualTo("all");
  }

  @Test
  void a_named_user_wins_over_rules_and_holdout_but_not_over_prerequisites() {
    FlagSnapshot snapshot =
        flags(
            "{'holdouts':[{'key':'h','percentage':100}],'definitions':["
                + "{'key':'held','enabled':true,'rollout_percentage':100,'target_users':['u'],'holdout':'h'},"
                + "{'key':'gate','enabled':false},"
                + "{'key':'gated','enabled':true,'target_users':['u'],'prerequisites':[{'flag':'gate'}]}]}");

    assertThat(snapshot.evaluate("held", "u").isOn()).isTrue();
    assertThat(snapshot.evaluate("held", "v").reason()).isEqualTo(Reason.HOLDOUT);
    assertThat(snapshot.evaluate("gated", "u").reason()).isEqualTo(Reason.PREREQUISITE_FAILED);
  }

  @Test
  void a_unit_that_is_no_text_and_no_whole_number_is_not_in_a_partial_rollout() {
    FlagSnapshot snapshot =
        flag("'rollout_percentage':99.999,'bucketing':'murmur3','bucket_by':'account_id'");

    assertThat(snapshot.evaluate("f", "u").reason()).isEqualTo(Reason.TARGETING_KEY_MISSING);
    for (Object unit : List.of(7.5, 0x1p63, true, List.of("a"), "")) {
      assertThat(snapshot.evaluate("f", "u", Map.of("account_id", unit)).reason())
          .isEqualTo(Reason.TARGETING_KEY_MISSING);
    }
    assertThat(snapshot.evaluate("f", null, Map.of("account_id", 7)))
        .isEqualTo(snapshot.evaluate("f", null, Map.of("account_id", "7")));
  }

  @Test
  void a_whole_number_is_the_same_unit_however_json_writes_it() {
    FlagSnapshot snapshot =
        flag("'rollout_percentage':50,'bucketing':'murmur3','bucket_by':'account_id'");
    for (int unit = -50; unit < 50; unit++) {
      assertThat(snapshot.evaluate("f", null, Map.of("account_id", (double) unit)))
          .isEqualTo(snapshot.evaluate("f", null, Map.of("account_id", String.valueOf(unit))));
    }
    assertThat(snapshot.evaluate("f", null, Map.of("account_id", -0.0)))
        .isEqualTo(snapshot.evaluate("f", null, Map.of("account_id", "0")));
    // 2^62 as a page writes it.
    assertThat(snapshot.evaluate("f", null, Map.of("account_id", 0x1p62)))
        .isEqualTo(snapshot.evaluate("f", null, Map.of("account_id", "4611686018427388000")));
  }

  @Test
  void a_number_that_no_double_can_hold_counts_as_absent() {
    FlagSnapshot snapshot =
        flag(
            "'rules':[{'key':'exists','if':[{'attribute':'n','operator':'exists'}]},"
                + "{'key':'large','if':[{'attribute':'many','operator':'gt','values':[5]}]},"
                + "{'key':'others','if':[{'attribute':'many','operator':'not_in','values':[5]}]}]");
    BigInteger beyond = BigInteger.TEN.pow(400);

    for (Object number : List.of(Double.POSITIVE_INFINITY, Double.NaN, beyond)) {
      assertThat(snapshot.evaluate("f", "u", Map.of("n", number)).rule()).isNull();
      assertThat(snapshot.evaluate("f", "u", Map.of("many", List.of(number))).rule())
          .isEqualTo("others");
    }
    assertThat(
            problems(
                "{'definitions':[{'key':'f','variants':{'a':[1e400],'b':[]},'on':'a','off':'b',"
                    + "'rules':[{'key':'r','variant':'a','if':[{'attribute':'x','values':[1e400]}]}]}]}"))
        .hasSize(2)
        .anyMatch(line -> line.contains("/definitions/0/variants/a: holds a number"))
        .anyMatch(line -> line.contains("/definitions/0/rules/0/if/0/values: holds a number"));
  }

  @Test
  void a_condition_that_names_no_value_is_one_of_which_nothing_is_among_the_values() {
    for (String operator : List.of("in", "starts_with", "ends_with", "contains")) {
      assertThat(whoever(operator, false).isOn()).isFalse();
      assertThat(whoever(operator, true).isOn()).isTrue();
    }
    assertThat(whoever("not_in", false).isOn()).isTrue();
    assertThat(whoever("not_in", true).isOn()).isFalse();
    assertThat(
            problems(
                "{'definitions':[{'key':'f','rules':[{'key':'r','if':[{'attribute':'x','operator':'lt','values':[]}]}]}]}"))
        .singleElement()
        .asString()
        .contains("must hold a value");
  }

  private static FlagDecision whoever(String operator, boolean negated) {
    String rule =
        "'rules':[{'key':'r','if':[{'attribute':'user_id','operator':'%s','values':[],'not':%s}]}]";
    return flag(rule.formatted(operator, negated)).evaluate("f", "u");
  }

  @Property(tries = 200)
  void a_range_that_grows_keeps_everyone_who_is_in_it(
      @ForAll String user,
      @ForAll @DoubleRange(min = 0, max = 40) double lower,
      @ForAll @DoubleRange(min = 0, max = 40) double more) {
    String ranges =
        "'rollout_percentage':100,'bucketing':'murmur3','variants':{'a':1,'b':2,'c':3},'on':'a','off':'c',"
            + "'split':[{'variant':'a','from':0,'to':%s},{'variant':'b','from':50,'to':90}]";

    String before = flag(ranges.formatted(lower)).evaluate("f", user).variant();
    String after = flag(ranges.formatted(Math.min(50, lower + more))).evaluate("f", user).variant();

    assertThat(after).isEqualTo("c".equals(before) ? after : before);
  }

  @Test
  void flags_with_keys_of_one_length_are_independent_under_murmur3_and_not_under_the_seed_hash() {
    assertThat(overlap("murmur3")).isCloseTo(0.5, within(0.01));
    assertThat(overlap("seed")).isGreaterThan(0.9);
  }

  /** Share of those who have one of two half-open flags that have the other too. */
  private static double overlap(String bucketing) {
    FlagSnapshot snapshot =
        flags(
            ("{'definitions':[{'key':'flag_a','enabled':true,'rollout_percentage':50,'bucketing':'%s'},"
                    + "{'key':'flag_b','enabled':true,'rollout_percentage':50,'bucketing':'%s'}]}")
                .formatted(bucketing, bucketing));
    int one = 0;
    int both = 0;
    for (int i = 0; i < 200_000; i++) {
      if (snapshot.evaluate("flag_a", "user-" + i).isOn()) {
        one++;
        both += snapshot.evaluate("flag_b", "user-" + i).isOn() ? 1 : 0;
      }
    }
    return (double) both / one;
  }

  @Test
  void prerequisites_that_lead_back_are_refused_and_never_followed() {
    String cycle =
        "{'definitions':["
            + "{'key':'a','enabled':true,'rollout_percentage':100,'prerequisites':[{'flag':'b'}]},"
            + "{'key':'b','enabled':true,'rollout_percentage':100,'prerequisites':[{'flag':'a'}]}]}";

    assertThat(problems(cycle)).hasSize(2).allMatch(line -> line.contains("lead back"));
    Flags flags =
        GrowthConfigReader.read("{\"flags\":" + cycle.replace('\'', '"') + "}", new Problems())
            .flags();
    assertThat(new FlagSnapshot(1, flags).evaluate("a", "u").reason())
        .isEqualTo(Reason.PREREQUISITE_FAILED);
  }

  @Test
  @Timeout(10)
  void a_flag_that_is_met_over_many_ways_is_asked_once() {
    // 2^60 ways lead from the last pair to the first.
    StringBuilder ladder =
        new StringBuilder(
            "{'key':'a0','enabled':true,'rollout_percentage':100},{'key':'b0','enabled':true,'rollout_percentage':100}");
    for (int step = 1; step <= 60; step++) {
      for (String side : List.of("a", "b")) {
        ladder.append(
            ",{'key':'%s%d','enabled':true,'rollout_percentage':100,'prerequisites':[{'flag':'a%d'},{'flag':'b%d'}]}"
                .formatted(side, step, step - 1, step - 1));
      }
    }
    String last =
        ",{'key':'top','enabled':true,'rollout_percentage':100,'prerequisites':[{'flag':'a60'}]}";

    assertThat(flags("{'definitions':[" + ladder + last + "]}").evaluate("top", "u").isOn())
        .isTrue();
    String closed = ladder.toString().replaceFirst("'enabled':true", "'enabled':false");
    assertThat(flags("{'definitions':[" + closed + last + "]}").evaluate("top", "u"))
        .satisfies(answer -> assertThat(answer.reason()).isEqualTo(Reason.PREREQUISITE_FAILED))
        .satisfies(answer -> assertThat(answer.rule()).isEqualTo("a60"));
  }

  @Test
  void everything_that_is_wrong_with_flags_is_said_at_once_with_its_place() {
    assertThat(
            problems(
                "{'segments':[{'key':'s','if':[{'segment':'s'}]}],'definitions':[{'key':'f','enabled':true,"
                    + "'variants':{'a':1,'b':'x'},'on':'c','off':'b','split':{'a':60,'d':60},'holdout':'h',"
                    + "'prerequisites':[{'flag':'g'}],'targets':[{'variant':'e','users':[]}],"
                    + "'rules':[{'key':'r','variant':'b','if':[{'segment':'t'},{'attribute':'x','operator':'lt','values':['1']},"
                    + "{'attribute':'x','operator':'semver_gt','values':['1']},{'attribute':'x','operator':'before','values':['soon']},"
                    + "{'attribute':'x','operator':'exists','values':[1]},{'attribute':'x','operator':'gt','values':[1,2]}]},"
                    + "{'key':'r','variant':'b','if':[]}]}]}"))
        .anyMatch(line -> line.contains("/definitions/0/on"))
        .anyMatch(line -> line.contains("/definitions/0/variants"))
        .anyMatch(line -> line.contains("/definitions/0/split: must be ranges"))
        .anyMatch(line -> line.contains("/definitions/0/split: names a variant"))
        .anyMatch(line -> line.contains("/definitions/0/holdout"))
        .anyMatch(line -> line.contains("/definitions/0/prerequisites/0/flag"))
        .anyMatch(line -> line.contains("/definitions/0/targets/0/variant"))
        .anyMatch(line -> line.contains("/definitions/0/rules/0/if/0/segment"))
        .anyMatch(line -> line.contains("/definitions/0/rules/0/if/1/values"))
        .anyMatch(line -> line.contains("/definitions/0/rules/0/if/2/values"))
        .anyMatch(line -> line.contains("/definitions/0/rules/0/if/3/values"))
        .anyMatch(line -> line.contains("/definitions/0/rules/0/if/4/values"))
        .anyMatch(line -> line.contains("/definitions/0/rules/0/if/5/values"))
        .anyMatch(line -> line.contains("/definitions/0/rules/1/key"))
        .anyMatch(line -> line.contains("/segments/0/if/0/segment"))
        .hasSize(15);
  }
}
