package io.growthbus.shared.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.settings.Problems;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrowthConfigCheckTest {
  private final Problems problems = new Problems();

  private Problems read(String text) {
    assertThat(GrowthConfigReader.read(text.replace('\'', '"'), problems)).isNotNull();
    return problems;
  }

  private static String flags(String... keysWithRollout) {
    StringBuilder definitions = new StringBuilder();
    for (String flag : keysWithRollout) {
      String[] parts = flag.split("=", 2);
      definitions
          .append(definitions.isEmpty() ? "" : ", ")
          .append("{'key': '" + parts[0] + "', 'enabled': true, 'rollout_percentage': ")
          .append(parts[1])
          .append("}");
    }
    return "{'flags': {'definitions': [" + definitions + "]}}";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'entitlements': {'fallback_tier': 'fre'}}"
            + " | /entitlements/fallback_tier: names the tier \"fre\", which does not exist;"
            + " did you mean \"free\"?",
        "{'entitlements': {'plans': [{'tier': 'pro'}, {'tier': 'premium', 'prices': ['p']}]}}"
            + " | /entitlements/plans/1/tier: names the tier \"premium\", which does not exist",
        "{'meters': [{'key': 'calls', 'event': 'e'}], 'activation': {'rules': [{'key': 'r',"
            + " 'meter': 'call', 'threshold': 1}]}}"
            + " | /activation/rules/0/meter: names the meter \"call\", which does not exist;"
            + " did you mean \"calls\"?"
      })
  void a_reference_to_nothing_is_an_error_with_pointer(String text, String expected) {
    assertThat(read(text).errors()).containsExactly("growth.json " + expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'telemetry': {'events': [{'name': 'a'}, {'name': 'a'}]}} | /telemetry/events/1",
        "{'flags': {'definitions': [{'key': 'a'}, {'key': 'a'}]}} | /flags/definitions/1",
        "{'meters': [{'key': 'a', 'event': 'x'}, {'key': 'a', 'event': 'y'}]} | /meters/1",
        "{'meters': [{'key': 'm', 'event': 'x'}], 'activation': {'rules': ["
            + "{'key': 'a', 'meter': 'm', 'threshold': 1},"
            + "{'key': 'a', 'meter': 'm', 'threshold': 2}]}} | /activation/rules/1"
      })
  void a_key_that_appears_twice_is_an_error_with_pointer(String text, String pointer) {
    assertThat(read(text).errors())
        .containsExactly("growth.json " + pointer + ": repeats \"a\"; each may appear once");
  }

  @Test
  void a_meter_without_an_event_contract_is_doubtful() {
    read(
        "{'telemetry': {'events': [{'name': 'api_call'}]}, 'meters': [{'key': 'a', 'event':"
            + " 'api_calls'}]}");

    assertThat(problems.errors()).isEmpty();
    assertThat(problems.warnings())
        .containsExactly(
            "growth.json /meters/0/event: counts \"api_calls\", for which there is no contract;"
                + " did you mean \"api_call\"?");
  }

  @Test
  void a_user_id_that_is_made_of_a_tier_is_doubtful() {
    read(
        "{'flags': {'definitions': [{'key': 'a', 'target_users': ['u1', 'pro', 'free_all',"
            + " 'profit']}]}}");

    assertThat(problems.errors()).isEmpty();
    assertThat(problems.warnings())
        .hasSize(2)
        .allMatch(line -> line.startsWith("growth.json /flags/definitions/0/target_users: "))
        .anyMatch(line -> line.contains("\"pro\""))
        .anyMatch(line -> line.contains("\"free_all\""));
  }

  @Test
  void partial_rollouts_with_keys_of_one_length_are_doubtful_each_of_them() {
    read(flags("flag_a=50", "flag_b=50", "flag_c=10"));

    assertThat(problems.errors()).isEmpty();
    assertThat(problems.warnings())
        .extracting(line -> line.substring(0, line.indexOf(':')))
        .containsExactly(
            "growth.json /flags/definitions/1/key", "growth.json /flags/definitions/2/key");
  }

  @Test
  void a_partial_rollout_within_a_rule_counts_as_well_and_murmur3_is_the_way_out() {
    read(
        "{'flags': {'definitions': ["
            + "{'key': 'flag_a', 'rollout_percentage': 50},"
            + "{'key': 'flag_b', 'rules': [{'key': 'r', 'rollout_percentage': 20, 'if': []}]},"
            + "{'key': 'flag_c', 'rollout_percentage': 50, 'bucketing': 'murmur3'}]}}");

    assertThat(problems.errors()).isEmpty();
    assertThat(problems.warnings())
        .containsExactly(
            "growth.json /flags/definitions/1/key: \"flag_b\" and \"flag_a\" have keys of one"
                + " length, so that their rollouts reach nearly the same users; \"bucketing\":"
                + " \"murmur3\" makes them independent");
  }

  @Test
  void keys_of_different_length_and_whole_rollouts_are_not_doubtful() {
    read(flags("flag_a=50", "flag_bb=50", "flag_c=100", "flag_d=0"));

    assertThat(problems.errors()).isEmpty();
    assertThat(problems.warnings()).isEqualTo(List.of());
  }

  @Test
  void facts_that_do_not_exist_are_errors_in_flags_and_segments_each_with_its_pointer() {
    read(
        """
        {'meters': [{'key': 'api_calls', 'event': 'api_call'}],
         'flags': {
           'segments': [{'key': 's', 'if': [{'attribute': 'usage.api_call', 'operator': 'gte', 'values': [1]}]}],
           'definitions': [{'key': 'a', 'bucket_by': 'tier.name', 'rules': [
             {'key': 'r', 'if': [
               {'attribute': 'tier', 'values': ['free', 'pr']},
               {'attribute': 'usage', 'operator': 'exists'},
               {'attribute': 'limits.seats', 'operator': 'exists'},
               {'attribute': 'plan', 'values': ['pr']}]}]}]}}\
        """);

    assertThat(problems.errors())
        .containsExactlyInAnyOrder(
            "growth.json /flags/definitions/0/bucket_by: must be \"tier\": a tier has no parts",
            "growth.json /flags/definitions/0/rules/0/if/0/values: names a tier that does not"
                + " exist; did you mean \"pro\"?",
            "growth.json /flags/definitions/0/rules/0/if/1/attribute: names a meter that does not"
                + " exist; write usage.METER",
            "growth.json /flags/definitions/0/rules/0/if/2/attribute: names a limit that does not"
                + " exist; write limits.NAME",
            "growth.json /flags/segments/0/if/0/attribute: names a meter that does not exist; write"
                + " usage.METER; did you mean \"api_calls\"?");
  }

  @Test
  void facts_that_exist_are_welcome() {
    read(
        """
        {'meters': [{'key': 'a.b', 'event': 'api_call'}],
         'flags': {'definitions': [{'key': 'a', 'bucket_by': 'tier', 'rules': [
             {'key': 'r', 'if': [
               {'attribute': 'tier', 'values': ['free', 'pro']},
               {'attribute': 'tier', 'operator': 'starts_with', 'values': ['p']},
               {'attribute': 'usage.a.b', 'operator': 'gte', 'values': [40]},
               {'attribute': 'limits.api_calls', 'operator': 'exists'}]}]}]}}\
        """);

    assertThat(problems.errors()).isEmpty();
  }
}
