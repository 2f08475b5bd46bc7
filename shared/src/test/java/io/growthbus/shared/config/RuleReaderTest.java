package io.growthbus.shared.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.config.GrowthConfig.Rearm;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.flags.FlagCheck.Problem;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Operator;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Segment;
import io.growthbus.shared.settings.Problems;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RuleReaderTest {
  private static final String FULL =
      """
      {"key": "calls", "meter": "calls",
       "thresholds": [{"every": 1000}, 50, {"percent": 100}, 10, {"percent": 80}],
       "rearm": "never", "epoch": 3,
       "audience": [{"attribute": "tier", "values": ["free"]},
                    {"segment": "heavy", "not": true}],
       "flag": "prompts", "holdout": 2.5, "fresh_for_ms": 60000,
       "title": "t", "body": "b", "cta": {"label": "l", "url": "/u"}, "priority": 7,
       "expires_after_ms": 5000}
      """;
  private static final FactReferences.Known KNOWN =
      new FactReferences.Known(Set.of("free", "pro"), Set.of("calls"), Set.of("calls", "seats"));

  private final Problems problems = new Problems();

  private Rule read(String text) {
    return RuleReader.read(text, "calls", problems).orElseThrow();
  }

  private List<String> errorsOf(String rest) {
    String text = "{\"meter\": \"calls\", " + rest.replace('\'', '"') + "}";
    assertThat(RuleReader.read(text, "calls", problems)).isEmpty();
    return problems.errors();
  }

  private static Condition tier(String... tiers) {
    return new Condition("tier", Operator.IN, List.of((Object[]) tiers), null, false);
  }

  private static List<Problem> references(Rule rule) {
    FlagDefinition gate = new FlagDefinition("prompts", true, 100, List.of(), Surface.CLIENT);
    Segment heavy = new Segment("heavy", List.of(tier("free")));
    Segment ofPages =
        new Segment(
            "of_pages", List.of(new Condition("country", Operator.IN, List.of("NZ"), null, false)));
    return RuleReferences.check(
        rule, new Flags(List.of(gate), List.of(heavy, ofPages), List.of()), KNOWN);
  }

  @Test
  void a_rule_is_read_with_its_thresholds_by_kind_and_ascending() {
    Rule rule = read(FULL);

    assertThat(rule.thresholds())
        .containsExactly(
            new Threshold.Count(10),
            new Threshold.Count(50),
            new Threshold.OfLimit(80),
            new Threshold.OfLimit(100),
            new Threshold.Every(1_000));
    assertThat(rule.rearm()).isEqualTo(Rearm.NEVER);
    assertThat(rule.epoch()).isEqualTo(3);
    assertThat(rule.audience())
        .containsExactly(tier("free"), new Condition(null, null, List.of(), "heavy", true));
    assertThat(rule.flag()).isEqualTo("prompts");
    assertThat(rule.holdout()).isEqualTo(2.5);
    assertThat(rule.freshFor()).isEqualTo(Duration.ofMinutes(1));
    assertThat(references(rule)).isEmpty();
  }

  @Test
  void a_rule_that_says_nothing_more_rearms_with_the_period_and_prompts_for_a_day() {
    Rule rule = read("{\"meter\": \"calls\", \"threshold\": 50}");

    assertThat(rule)
        .isEqualTo(
            new Rule(
                "calls",
                "calls",
                50,
                "Ready for more?",
                "You have used {{count}} so far.",
                "See plans",
                "/pricing",
                0,
                Duration.ofDays(7)));
    assertThat(rule.rearm()).isEqualTo(Rearm.PERIOD);
    assertThat(rule.audience()).isNull();
    assertThat(rule.freshFor()).isEqualTo(Duration.ofDays(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        FULL,
        "{\"meter\": \"calls\", \"threshold\": 50}",
        "{\"meter\": \"calls\", \"thresholds\": [{\"percent\": 80}], \"audience\": []}"
      })
  void what_is_written_reads_as_the_same_rule(String text) {
    Rule rule = read(text);

    assertThat(read(RuleJson.text(rule))).isEqualTo(rule);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'threshold': 0                                | /threshold: must be a whole number from 1",
        "'threshold': 1.5                              | /threshold: must be a whole number",
        "'threshold': 5, 'thresholds': [6]             | /threshold: cannot stand beside",
        "'thresholds': []                              | /thresholds: must be an array of 1 to 20",
        "'thresholds': 5                               | /thresholds: must be an array of 1 to 20",
        "'thresholds': [1, 0]                          | /thresholds/1: must be a whole number",
        "'thresholds': ['1']                           | /thresholds/0: must be a whole number",
        "'thresholds': [5, 6, 5]                       | /thresholds/2: stands there twice",
        "'thresholds': [{'percent': 0}]                | /thresholds/0/percent: must be",
        "'thresholds': [{'percent': 1001}]             | /thresholds/0/percent: must be",
        "'thresholds': [{}]                            | /thresholds/0/every: is missing",
        "'thresholds': [{'percent': 80, 'every': 2}]   | /thresholds/0/every: is not known here",
        "'thresholds': [{'every': 2}, {'every': 3}]    | /thresholds: must hold \"every\" at most",
        "'threshold': 5, 'rearm': 'monthly'            | /rearm: must be one of period, never",
        "'threshold': 5, 'epoch': -1                   | /epoch: must be a whole number from 0",
        "'threshold': 5, 'holdout': 101                | /holdout: must be a number from 0",
        "'threshold': 5, 'fresh_for_ms': 0             | /fresh_for_ms: must be a whole number",
        "'threshold': 5, 'flag': 'a b'                 | /flag: must be",
        "'threshold': 5, 'audience': {}                | /audience: must be an array",
        "'threshold': 5, 'audience': [1]               | /audience/0: must be a JSON object",
        "'threshold': 5, 'audience': [{'values': []}]  | /audience/0/attribute: is missing",
        "'threshold': 5, 'key': 'other'                | /key: must be the key in the path",
        "'threshold': 5, 'treshold': 6                 | /treshold: is not known here"
      })
  void what_is_out_of_bounds_is_an_error_with_its_pointer(String rest, String expected) {
    assertThat(errorsOf(rest)).singleElement().asString().startsWith(expected);
  }

  @Test
  void words_are_bounded_and_all_problems_appear_at_once() {
    String rest =
        "'threshold': 0, 'epoch': -1, 'title': '%s', 'body': '%s', 'cta': {'label': '%s'}"
            .formatted("t".repeat(201), "b".repeat(2_001), "l".repeat(101));

    assertThat(errorsOf(rest))
        .extracting(line -> line.substring(0, line.indexOf(':')))
        .containsExactlyInAnyOrder("/threshold", "/epoch", "/title", "/body", "/cta/label");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'meter': 'cals', 'threshold': 1                 | /meter: did you mean \"calls\"",
        "'meter': 'seats', 'thresholds': [{'percent': 5}] | /thresholds: the limit \"seats\"",
        "'meter': 'calls', 'threshold': 1, 'flag': 'no'  | /flag: the flag \"no\"",
        "'meter': 'calls', 'threshold': 1, 'audience': [{'attribute': 'tier', 'values': ['gold']}]"
            + " | /audience/0/values: a tier that does not exist",
        "'meter': 'calls', 'threshold': 1, 'audience': [{'attribute': 'usage.x', 'values': [1]}]"
            + " | /audience/0/attribute: a meter that does not exist",
        "'meter': 'calls', 'threshold': 1, 'audience': [{'attribute': 'limits.x', 'values': [1]}]"
            + " | /audience/0/attribute: a limit that does not exist",
        "'meter': 'calls', 'threshold': 1, 'audience': [{'segment': 'light'}]"
            + " | /audience/0/segment: a segment that does not exist",
        "'meter': 'calls', 'threshold': 1, 'audience': [{'segment': 'of_pages'}]"
            + " | /audience/0/segment: which the server does not know",
        "'meter': 'calls', 'threshold': 1, 'audience': [{'attribute': 'country', 'values': ['NZ']}]"
            + " | /audience/0/attribute: must be user_id, tier, limits.NAME or usage.METER",
        "'meter': 'calls', 'threshold': 1, 'audience': [{'attribute': 'tier', 'operator': 'lt'}]"
            + " | /audience/0/values: must hold a value"
      })
  void what_a_rule_names_must_exist(String rule, String expected) {
    List<Problem> found = references(read("{" + rule.replace('\'', '"') + "}"));

    assertThat(found).hasSize(1);
    int colon = expected.indexOf(": ");
    assertThat(found.get(0).pointer()).isEqualTo(expected.substring(0, colon));
    assertThat(found.get(0).what()).contains(expected.substring(colon + 2));
  }
}
