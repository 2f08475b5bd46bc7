package io.growthbus.shared.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import io.growthbus.shared.config.GrowthConfig.EventContract;
import io.growthbus.shared.config.GrowthConfig.Identity;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.GrowthConfig.Plan;
import io.growthbus.shared.config.GrowthConfig.Privacy;
import io.growthbus.shared.config.GrowthConfig.PrivacyMode;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.GrowthConfig.Tier;
import io.growthbus.shared.config.GrowthConfig.ViolationAction;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.settings.Problems;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrowthConfigReaderTest {
  private final Problems problems = new Problems();

  private GrowthConfig read(String text) {
    return GrowthConfigReader.read(text, problems);
  }

  private List<String> errorsOf(String text) {
    GrowthConfig ignored = read(text);
    assertThat(ignored).isNotNull();
    return problems.errors();
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = GrowthConfigReaderTest.class.getResourceAsStream(name)) {
      assertThat(in).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void the_template_that_the_product_grew_from_loads_as_it_stands() throws IOException {
    GrowthConfig config = read(resource("/growth/seed-template.json"));

    assertThat(problems.errors()).isEmpty();
    assertThat(config.telemetry().schemaVersion()).isEqualTo("1.0.0");
    assertThat(config.telemetry().batchSize()).isEqualTo(25);
    assertThat(config.telemetry().flushInterval()).isEqualTo(Duration.ofSeconds(2));
    assertThat(config.telemetry().events())
        .containsExactly(
            new EventContract("project_created", List.of("project_type")),
            new EventContract("api_call", List.of("endpoint", "status_code")),
            new EventContract("team_invite_sent", List.of("role", "invitee_domain")));
    assertThat(config.flags().definitions())
        .containsExactly(
            new FlagDefinition("growth_upgrade_prompt", true, 50, List.of(), Surface.CLIENT),
            new FlagDefinition(
                "advanced_export", true, 100, List.of("enterprise_trial"), Surface.CLIENT));
    assertThat(config.entitlements().cacheTtl()).isEqualTo(Duration.ofMinutes(5));
    assertThat(config.entitlements().fallbackTier()).isEqualTo("free");
  }

  @Test
  void the_template_gets_a_warning_for_the_user_id_that_looks_like_a_segment() throws IOException {
    GrowthConfig ignored = read(resource("/growth/seed-template.json"));

    assertThat(ignored.flags().definitions()).hasSize(2);
    assertThat(problems.warnings())
        .containsExactly(
            "growth.json /flags/definitions/1/target_users: \"enterprise_trial\" looks like a"
                + " segment, but is compared with user ids literally");
  }

  @Test
  void the_shipped_file_has_no_error_and_joins_thresholds_with_events_by_meters()
      throws IOException {
    GrowthConfig config = read(Files.readString(Path.of("..", "conf", "growth.json")));

    assertThat(problems.errors()).isEmpty();
    assertThat(config.meters())
        .containsExactlyInAnyOrder(
            new Meter("project_created", "project_created"),
            new Meter("api_calls", "api_call"),
            new Meter("team_invites", "team_invite_sent"));
    assertThat(config.activation().rules())
        .extracting(Rule::meter, Rule::thresholds)
        .containsExactlyInAnyOrder(
            tuple("project_created", List.of(new Threshold.Count(3))),
            tuple("api_calls", List.of(new Threshold.Count(50))),
            tuple("team_invites", List.of(new Threshold.Count(2))));
    assertThat(config.entitlements().tiers())
        .extracting(Tier::name)
        .containsExactly("free", "pro", "enterprise");
    assertThat(config.entitlements().tier("free").orElseThrow().limits())
        .containsExactly(Map.entry("api_calls", 100L));
    assertThat(config.entitlements().tier("enterprise").orElseThrow().unlimited())
        .containsExactly("api_calls");
  }

  @Test
  void an_empty_object_means_every_default() {
    GrowthConfig config = read("{}");

    assertThat(problems.errors()).isEmpty();
    assertThat(config.telemetry().batchSize()).isEqualTo(25);
    assertThat(config.flags().definitions()).isEmpty();
    assertThat(config.entitlements().fallbackTier()).isEqualTo("free");
    assertThat(config.entitlements().tier("free").orElseThrow().limits())
        .containsExactly(Map.entry("api_calls", 100L));
    assertThat(config.entitlements().webhookGrace()).isEqualTo(Duration.ofDays(3));
    assertThat(config.entitlements().dunningGrace()).isEqualTo(Duration.ofDays(7));
    assertThat(config.entitlements().maxStale()).isEqualTo(Duration.ofDays(1));
    assertThat(config.consent().required()).isFalse();
    assertThat(config.privacy()).isEqualTo(new Privacy(PrivacyMode.FLOOR, List.of()));
    assertThat(config.identity()).isNull();
    assertThat(config.activation().rules()).isEmpty();
  }

  @Test
  void each_kind_of_violation_can_have_an_action_of_its_own() {
    GrowthConfig config =
        read(
            """
            {"telemetry": {"violations": {
              "unplanned_event": "drop", "required_missing": "annotate", "wrong_type": "allow",
              "additional_property": "quarantine"
            }}}
            """);

    assertThat(problems.errors()).isEmpty();
    assertThat(config.telemetry().violations())
        .containsOnly(
            entry("unplanned_event", ViolationAction.DROP),
            entry("required_missing", ViolationAction.ANNOTATE),
            entry("wrong_type", ViolationAction.ALLOW),
            entry("additional_property", ViolationAction.QUARANTINE));
  }

  @Test
  void both_graces_are_off_when_grace_is() {
    GrowthConfig config =
        read(
            "{\"entitlements\": {\"grace_period_enabled\": false, \"webhook_grace_ms\": 5000,"
                + " \"dunning_grace_ms\": 5000}}");

    assertThat(problems.errors()).isEmpty();
    assertThat(config.entitlements().webhookGrace()).isZero();
    assertThat(config.entitlements().dunningGrace()).isZero();
  }

  @Test
  void tiers_keep_the_order_of_the_file_which_is_their_rank() {
    GrowthConfig config =
        read(
            """
            {"entitlements": {"fallback_tier": "zero",
              "tiers": {"zero": {"limits": {"seats": 1, "calls": "unlimited"}}, "alpha": {}},
              "plans": [{"tier": "alpha", "prices": ["p1", "p2"]}]}}""");

    assertThat(problems.errors()).isEmpty();
    assertThat(config.entitlements().tiers())
        .containsExactly(
            new Tier("zero", Map.of("seats", 1L), List.of("calls"), List.of()),
            new Tier("alpha", Map.of(), List.of(), List.of()));
    assertThat(config.entitlements().plans())
        .containsExactly(new Plan("alpha", List.of("p1", "p2")));
    assertThat(config.entitlements().rank("zero")).isZero();
    assertThat(config.entitlements().rank("alpha")).isEqualTo(1);
    assertThat(config.entitlements().rank("pro")).isEqualTo(-1);
  }

  @Test
  void a_flag_follows_the_evaluator_unless_it_says_otherwise() {
    GrowthConfig config =
        read(
            """
            {"flags": {"evaluator": "server", "definitions": [
              {"key": "a"}, {"key": "bb", "evaluation": "client"}, {"key": "ccc", "evaluation": "remote"}]}}""");

    assertThat(problems.errors()).isEmpty();
    assertThat(config.flags().definitions())
        .containsExactly(
            new FlagDefinition("a", false, 0, List.of(), Surface.SERVER),
            new FlagDefinition("bb", false, 0, List.of(), Surface.CLIENT),
            new FlagDefinition("ccc", false, 0, List.of(), Surface.REMOTE));
  }

  @Test
  void a_rule_has_a_default_for_all_but_key_meter_and_threshold() {
    GrowthConfig config =
        read(
            """
            {"meters": [{"key": "m", "event": "e"}],
             "activation": {"rules": [{"key": "r", "meter": "m", "threshold": 2}]}}""");

    assertThat(problems.errors()).isEmpty();
    Rule rule = config.activation().rules().get(0);
    assertThat(rule.title()).isNotBlank();
    assertThat(rule.body()).contains("{{count}}");
    assertThat(rule.ctaUrl()).isEqualTo("/pricing");
    assertThat(rule.expiresAfter()).isEqualTo(Duration.ofDays(7));
    assertThat(rule.priority()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"open,OPEN", "verified,VERIFIED"})
  void identity_is_open_or_verified(String word, Identity expected) {
    assertThat(read("{\"identity\": \"" + word + "\"}").identity()).isEqualTo(expected);
    assertThat(problems.errors()).isEmpty();
  }

  @Test
  void privacy_is_a_mode_and_further_names_of_properties() {
    GrowthConfig config =
        read("{\"privacy\": {\"mode\": \"allow_list\", \"keys\": [\"Badge No\", \"номер\"]}}");

    assertThat(problems.errors()).isEmpty();
    assertThat(config.privacy())
        .isEqualTo(new Privacy(PrivacyMode.ALLOW_LIST, List.of("Badge No", "номер")));
  }

  @Test
  void text_that_is_not_json_is_one_error_with_line_and_column() {
    assertThat(errorsOf("{\n  \"flags\": {,}\n}"))
        .singleElement()
        .asString()
        .startsWith("growth.json line 2 column 13: is not JSON here");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{} {}", "{}}", "{} x"})
  void text_behind_the_document_is_an_error(String text) {
    assertThat(errorsOf(text)).singleElement().asString().startsWith("growth.json line 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "\"text\"", "null", "7"})
  void a_document_that_is_no_object_is_an_error(String text) {
    assertThat(errorsOf(text)).containsExactly("growth.json /: must be a JSON object");
  }

  @Test
  void a_field_that_appears_twice_is_an_error() {
    assertThat(errorsOf("{\"consent\": {\"required\": true,\n \"required\": false}}"))
        .singleElement()
        .asString()
        .startsWith("growth.json line 2")
        .contains("Duplicate field 'required'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'metres': []}                                        | /metres | meters",
        "{'telemetry': {'batchsize': 1}}                       | /telemetry/batchsize | batch_size",
        "{'telemetry': {'events': [{'name': 'a', 'requird_properties': []}]}}"
            + " | /telemetry/events/0/requird_properties | required_properties",
        "{'telemetry': {'violations': {'wrong_typ': 'drop'}}}"
            + " | /telemetry/violations/wrong_typ | wrong_type",
        "{'flags': {'evaluater': 'client'}}                    | /flags/evaluater | evaluator",
        "{'flags': {'definitions': [{'key': 'a', 'enable': true}]}}"
            + " | /flags/definitions/0/enable | enabled",
        "{'entitlements': {'fallback_teir': 'free'}}"
            + " | /entitlements/fallback_teir | fallback_tier",
        "{'entitlements': {'tiers': {'free': {'limit': {}}}}}"
            + " | /entitlements/tiers/free/limit | limits",
        "{'consent': {'requird': true}}                        | /consent/requird | required",
        "{'privacy': {'key': []}}                              | /privacy/key | keys",
        "{'activation': {'rule': []}}                          | /activation/rule | rules"
      })
  void an_unknown_field_is_an_error_with_pointer_and_nearest_name(
      String text, String pointer, String nearest) {
    assertThat(errorsOf(text.replace('\'', '"')))
        .containsExactly(
            "growth.json " + pointer + ": is not known here; did you mean \"" + nearest + "\"?");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'telemetry': 5}                        | /telemetry: must be a JSON object",
        "{'privacy': {'mode': 'allow'}}          | /privacy/mode: must be one of floor, allow_list",
        "{'privacy': {'keys': ['ok', '-_']}}     | /privacy/keys: must be names of properties",
        "{'privacy': {'keys': ['']}}             | /privacy/keys: must be names of properties",
        "{'privacy': {'keys': [1]}}              | /privacy/keys/0: must be a text",
        "{'telemetry': {'schema_version': '1'}}  | /telemetry/schema_version: must be a version",
        "{'telemetry': {'batch_size': 'many'}}   | /telemetry/batch_size: must be a whole number",
        "{'telemetry': {'batch_size': 2.5}}      | /telemetry/batch_size: must be a whole number",
        "{'telemetry': {'batch_size': 0}}   | /telemetry/batch_size: must be a whole number from 1",
        "{'telemetry': {'batch_size': 501}}      | /telemetry/batch_size: must be a whole number",
        "{'telemetry': {'events': {}}}           | /telemetry/events: must be an array",
        "{'telemetry': {'events': [7]}}          | /telemetry/events/0: must be a JSON object",
        "{'telemetry': {'events': [{}]}}         | /telemetry/events/0/name: is missing",
        "{'telemetry': {'events': [{'name': ' '}]}} | /telemetry/events/0/name: must be a text",
        "{'telemetry': {'events': [{'name': 'a', 'required_properties': ['b', 7]}]}}"
            + " | /telemetry/events/0/required_properties/1: must be a text",
        "{'telemetry': {'events': [{'name': 'a', 'required_properties': 'b'}]}}"
            + " | /telemetry/events/0/required_properties: must be an array of texts",
        "{'telemetry': {'violations': {'wrong_type': 'forbid'}}}"
            + " | /telemetry/violations/wrong_type: must be one of allow, annotate, quarantine",
        "{'flags': {'evaluator': 'edge'}}        | /flags/evaluator: must be one of client, server",
        "{'flags': {'definitions': [{'key': 'a b'}]}} | /flags/definitions/0/key: must be 1 to 128",
        "{'flags': {'definitions': [{'key': 'a', 'enabled': 'yes'}]}}"
            + " | /flags/definitions/0/enabled: must be true or false",
        "{'flags': {'definitions': [{'key': 'a', 'rollout_percentage': 101}]}}"
            + " | /flags/definitions/0/rollout_percentage: must be a number from 0",
        "{'flags': {'definitions': [{'key': 'a', 'rollout_percentage': '50'}]}}"
            + " | /flags/definitions/0/rollout_percentage: must be a number from 0",
        "{'entitlements': {'cache_ttl_ms': 999}} | /entitlements/cache_ttl_ms: must be a whole",
        "{'entitlements': {'sync_strategy': 'sync'}} | /entitlements/sync_strategy: must be one of",
        "{'entitlements': {'tiers': {'free': 7}}} | /entitlements/tiers/free: must be a JSON object",
        "{'entitlements': {'tiers': {'free': {'limits': {'a/b': -1}}}}}"
            + " | /entitlements/tiers/free/limits/a~1b: must be a whole number from 0",
        "{'entitlements': {'tiers': {'free': {'limits': {'a': 18446744073709551617}}}}}"
            + " | /entitlements/tiers/free/limits/a: must be a whole number from 0",
        "{'entitlements': {'plans': [{'tier': 'free', 'prices': [1]}]}}"
            + " | /entitlements/plans/0/prices/0: must be a text",
        "{'meters': [{'event': 'e'}]}            | /meters/0/key: is missing",
        "{'consent': {'required': 1}}            | /consent/required: must be true or false",
        "{'identity': 'opne'}  | /identity: must be one of open, verified; did you mean \"open\"?"
      })
  void a_value_of_a_wrong_type_or_range_is_an_error_with_pointer(String text, String expected) {
    assertThat(errorsOf(text.replace('\'', '"')))
        .singleElement()
        .asString()
        .startsWith("growth.json " + expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'key': 'r', 'meter': 'm'}                     | threshold: is missing",
        "{'key': 'r', 'meter': 'm', 'threshold': 0}     | threshold: must be a whole number from 1",
        "{'key': 'r', 'threshold': 1}                   | meter: is missing",
        "{'key': 'r/1', 'meter': 'm', 'threshold': 1}   | key: must be 1 to 128 characters",
        "{'key': 'r', 'meter': 'm', 'threshold': 1, 'priority': 1001} | priority: must be a whole",
        "{'key': 'r', 'meter': 'm', 'threshold': 1, 'cta': {'link': '/x'}}"
            + " | cta/link: is not known here"
      })
  void a_rule_that_is_incomplete_is_an_error_with_pointer(String rule, String expected) {
    String text =
        "{'meters': [{'key': 'm', 'event': 'e'}], 'activation': {'rules': [" + rule + "]}}";

    assertThat(errorsOf(text.replace('\'', '"')))
        .singleElement()
        .asString()
        .startsWith("growth.json /activation/rules/0/" + expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://a.example", "javascript:alert(1)", "//evil.example", "/\\\\evil", "x"})
  void a_link_that_is_neither_https_nor_a_path_of_the_site_is_an_error(String url) {
    String text =
        """
        {"meters": [{"key": "m", "event": "e"}], "activation": {"rules": [
          {"key": "r", "meter": "m", "threshold": 1, "cta": {"url": "%s"}}]}}"""
            .formatted(url);

    assertThat(errorsOf(text))
        .containsExactly(
            "growth.json /activation/rules/0/cta/url: must be an https address or a path such as"
                + " /pricing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://a.example/pricing", "/", "/pricing?from=prompt"})
  void an_https_address_or_a_path_of_the_site_is_a_link(String url) {
    String text =
        """
        {"meters": [{"key": "m", "event": "e"}], "activation": {"rules": [
          {"key": "r", "meter": "m", "threshold": 1, "cta": {"url": "%s"}}]}}"""
            .formatted(url);

    assertThat(errorsOf(text)).isEmpty();
  }

  @Test
  void caps_are_none_unless_they_are_written_and_are_bounded() {
    assertThat(read("{}").activation().caps()).isEqualTo(PromptCaps.NONE);
    assertThat(read("{}").activation().consentPurpose()).isEqualTo("marketing");

    GrowthConfig config =
        read(
            """
            {"activation": {"consent_purpose": "prompts",
              "caps": {"per_prompt": 3, "per_day": 1, "min_distance_ms": 60000}}}""");
    assertThat(problems.errors()).isEmpty();
    assertThat(config.activation().caps()).isEqualTo(new PromptCaps(3, 1, Duration.ofMinutes(1)));
    assertThat(config.activation().consentPurpose()).isEqualTo("prompts");

    assertThat(
            errorsOf(
                """
                {"activation": {"caps": {"per_prompt": 0, "per_day": 1001, "min_distance_ms": -1,
                  "per_hour": 1}}}"""))
        .extracting(line -> line.substring(0, line.indexOf(':')))
        .containsExactlyInAnyOrder(
            "growth.json /activation/caps/per_prompt",
            "growth.json /activation/caps/per_day",
            "growth.json /activation/caps/min_distance_ms",
            "growth.json /activation/caps/per_hour");
  }

  @Test
  void everything_that_a_rule_names_and_that_does_not_exist_is_an_error_at_once() {
    assertThat(
            errorsOf(
                """
                {"meters": [{"key": "m", "event": "e"}], "activation": {"rules": [
                  {"key": "r", "meter": "n", "thresholds": [{"percent": 80}], "flag": "gate",
                   "audience": [{"attribute": "tier", "values": ["gold"]}, {"segment": "s"}]}]}}"""))
        .extracting(line -> line.substring(0, line.indexOf(':')))
        .containsExactlyInAnyOrder(
            "growth.json /activation/rules/0/meter",
            "growth.json /activation/rules/0/thresholds",
            "growth.json /activation/rules/0/flag",
            "growth.json /activation/rules/0/audience/0/values",
            "growth.json /activation/rules/0/audience/1/segment");
  }

  @Test
  void all_errors_of_all_sections_appear_at_once() {
    assertThat(
            errorsOf(
                """
                {"telemetry": {"batch_size": 0}, "flags": {"evaluator": "x"}, "consent": [],
                 "entitlements": {"fallback_tier": "none_such"}, "surprise": 1}"""))
        .extracting(line -> line.substring(0, line.indexOf(':')))
        .containsExactlyInAnyOrder(
            "growth.json /telemetry/batch_size",
            "growth.json /flags/evaluator",
            "growth.json /consent",
            "growth.json /entitlements/fallback_tier",
            "growth.json /surprise");
  }

  @Test
  void a_value_that_is_written_with_a_point_keeps_it() {
    GrowthConfig config =
        GrowthConfigReader.read(
            """
            {"flags": {"definitions": [
              {"key": "ratio", "enabled": true, "rollout_percentage": 100, "bucketing": "murmur3",
               "variants": {"one": 1.0, "two": 2, "ten": {"inner": [10.0]}}, "on": "one", "off": "two"}]}}
            """,
            new Problems());

    assertThat(config.flags().definitions().get(0).rules().variants())
        .containsEntry("one", 1.0)
        .containsEntry("two", 2)
        .containsEntry("ten", Map.of("inner", List.of(10.0)));
  }
}
