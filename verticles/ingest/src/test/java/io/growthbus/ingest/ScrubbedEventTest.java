package io.growthbus.ingest;

import static io.growthbus.ingest.EventJson.batch;
import static io.growthbus.ingest.EventJson.event;
import static io.growthbus.ingest.EventJson.withProperties;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.privacy.PrivacyRules;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.message.RejectedEvent;
import io.growthbus.shared.settings.Problems;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of an event is left out before anybody else sees it. */
class ScrubbedEventTest {
  private static final String TIME = "\"timestamp\":" + EventJson.TIME_MS;
  private static final String ID = "\"event_id\":\"" + EventJson.ID + "\"";

  private static PrivacyRules rules(String config) {
    Problems problems = new Problems();
    PrivacyRules rules = PrivacyRules.of(GrowthConfigReader.read(config, problems));
    assertThat(problems.errors()).isEmpty();
    return rules;
  }

  private static final PrivacyRules FLOOR =
      rules("{\"meters\":[{\"key\":\"m\",\"event\":\"opened 10.1.2.3\"}]}");
  private static final PrivacyRules ALLOW_LIST =
      rules(
          """
          {"telemetry": {"events": [
             {"name": "api_call", "required_properties": ["endpoint", "note"]}]},
           "privacy": {"mode": "allow_list", "keys": ["badge"]}}\
          """);

  private static TelemetryEvent read(String event, PrivacyRules rules) {
    DecodedBatch decoded = BatchDecoder.decode(batch(event), rules);
    assertThat(decoded.rejected()).isEmpty();
    return decoded.events().get(0);
  }

  private static String properties(String properties) {
    return read(withProperties(properties), FLOOR).propertiesJson();
  }

  private static RejectedEvent rejected(String event) {
    return BatchDecoder.decode(batch(event), FLOOR).rejected().get(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":\"ann@example.com\"} | {\"a\":\"[email]\"}",
        "{\"a\":[{\"b\":\"call +1 202 555 0123\"}]} | {\"a\":[{\"b\":\"call [phone]\"}]}",
        "{\"a\":4111111111111111,\"b\":4111111111111112} |"
            + " {\"a\":\"[card]\",\"b\":4111111111111112}",
        "{\"a\":4111111111111111.0} | {\"a\":4111111111111111.0}",
        "{\"phone\":4915112345678,\"tokens\":12} | {\"phone\":\"[redacted]\",\"tokens\":12}",
        "{\"email\":null,\"password\":true,\"pin\":false} |"
            + " {\"email\":null,\"password\":true,\"pin\":false}",
        "{\"a\":{\"card\":{\"no\":[1,{\"x\":2}]},\"b\":1},\"c\":2} |"
            + " {\"a\":{\"card\":\"[redacted]\",\"b\":1},\"c\":2}",
        "{\"emails\":[\"x\",\"y\"],\"n\":[1]} | {\"emails\":\"[redacted]\",\"n\":[1]}",
        "{\"token\":{},\"secret\":[],\"n\":1} |"
            + " {\"token\":\"[redacted]\",\"secret\":\"[redacted]\",\"n\":1}",
        "{\"ann@example.com\":1} | {\"[email]\":1}",
        "{\"a@b.com\":1,\"c@d.com\":2,\"x\":{\"e@f.com\":3}} |"
            + " {\"[email]\":1,\"[email]2\":2,\"x\":{\"[email]\":3}}",
        "{\"app_version\":\"1.2.3.4\",\"a\":\"1.2.3.4\"} |"
            + " {\"app_version\":\"1.2.3.4\",\"a\":\"[ip]\"}",
        "{\"a\":\"\\u0061nn\\u0040example.com \\\"\"} | {\"a\":\"[email] \\\"\"}",
      })
  void what_is_personal_is_replaced_wherever_it_stands(String properties, String expected) {
    assertThat(properties(properties)).isEqualTo(expected);
  }

  @Test
  void a_property_whose_value_is_hidden_is_still_there() {
    assertThat(read(withProperties("{\"email\":\"x\",\"card\":{\"n\":1},\"a\":1}"), FLOOR))
        .extracting(TelemetryEvent::propertyNames)
        .isEqualTo(Set.of("email", "card", "a"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"card\":{\"a\":\"\\u0000\"}}",
        "{\"card\":{\"a\":1,\"a\":2}}",
        "{\"card\":[[[[[[[[1]]]]]]]]}",
        "{\"card\":1e999}"
      })
  void what_is_hidden_must_keep_the_limits_too(String properties) {
    assertThat(rejected(withProperties(properties)).pointer()).isEqualTo("/properties/card");
  }

  @Test
  void ids_are_kept_as_they_are() {
    TelemetryEvent event =
        read(
            event(
                "\"user_id\":\"ann@example.com\"",
                "\"account_id\":\"4111111111111111\"",
                "\"anonymous_id\":\"10.0.0.1\""),
            FLOOR);

    assertThat(event.userId()).isEqualTo("ann@example.com");
    assertThat(event.accountId()).isEqualTo("4111111111111111");
    assertThat(event.anonymousId()).isEqualTo("10.0.0.1");
  }

  @ParameterizedTest
  @CsvSource({
    "paid 4111 1111 1111 1111,paid :card:",
    "from 10.1.2.3,from :ip:",
    "opened 10.1.2.3,opened 10.1.2.3",
    "$page,$page"
  })
  void the_name_of_an_event_is_scrubbed_unless_the_configuration_names_it(
      String name, String expected) {
    String event = "{" + ID + "," + TIME + ",\"name\":\"" + name + "\"}";

    assertThat(read(event, FLOOR).name()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"1.2.3-rc.4,1.2.3-rc.4", "1.2.3-4111111111111111,1.2.3", "1.2.3,1.2.3"})
  void a_version_loses_a_suffix_that_is_personal(String version, String expected) {
    assertThat(read(event("\"schema_version\":\"" + version + "\""), FLOOR).schemaVersion())
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"properties\":{\"4111111111111111\":\"\\u0000\"}",
        "\"properties\":{\"4111111111111111\":1,\"4111111111111111\":2}",
        "\"consent\":{\"4111111111111111\":1}",
        "\"4111111111111111\":1,\"4111111111111111\":2",
        "\"name\":\"4111111111111111\\u0000\"",
        "\"user_id\":[\"4111111111111111\"]"
      })
  void what_is_said_about_a_rejected_event_holds_nothing_personal(String fields) {
    assertThat(rejected(event(fields)).toString()).doesNotContain("4111111111111111");
  }

  @Test
  void with_an_allow_list_properties_that_the_contract_does_not_name_are_dropped_and_counted() {
    String properties =
        "\"properties\":{\"x\":1,\"endpoint\":\"/a?u=ann@example.com\",\"y\":{\"endpoint\":1},"
            + "\"z\":null,\"note\":null,\"badge\":2}";
    String name = "\"name\":\"api_call\"";
    for (String event :
        new String[] {
          "{" + String.join(",", ID, TIME, name, properties) + "}",
          "{" + String.join(",", properties, ID, TIME, name) + "}"
        }) {
      DecodedBatch decoded = BatchDecoder.decode(batch(event), ALLOW_LIST);

      assertThat(decoded.events().get(0).propertiesJson())
          .isEqualTo("{\"endpoint\":\"/a?u=[email]\",\"note\":null}");
      assertThat(decoded.events().get(0).propertyNames()).containsExactly("endpoint");
      assertThat(decoded.droppedProperties()).isEqualTo(4);
    }
  }

  @Test
  void with_an_allow_list_an_event_without_a_contract_has_no_properties() {
    String event = "{" + ID + "," + TIME + ",\"name\":\"other\",\"properties\":{\"a\":1,\"b\":2}}";
    DecodedBatch decoded = BatchDecoder.decode(batch(event, event()), ALLOW_LIST);

    assertThat(decoded.events().get(0).propertiesJson()).isEqualTo("{}");
    assertThat(decoded.droppedProperties()).isEqualTo(2);
  }

  @Test
  void with_an_allow_list_an_exposure_keeps_what_makes_it_one() {
    String properties =
        "{\"flag\":\"f\",\"variant\":\"on\",\"revision\":7,\"reason\":\"SPLIT\",\"rule\":\"r\"}";
    String event =
        "{%s,%s,\"name\":\"$exposure\",\"properties\":%s}".formatted(ID, TIME, properties);

    assertThat(BatchDecoder.decode(batch(event), ALLOW_LIST).events().get(0).propertiesJson())
        .isEqualTo(properties);
  }

  @Test
  void with_an_allow_list_published_contracts_name_properties_too() {
    Problems problems = new Problems();
    PrivacyRules rules =
        PrivacyRules.of(
            GrowthConfigReader.read(
                """
                {"telemetry": {"events": [{"name": "e", "required_properties": ["file"]}]},
                 "privacy": {"mode": "allow_list"}}\
                """,
                problems),
            Map.of("e", Set.of("published"), "other 10.1.2.3", Set.of()));
    String event = "{%s,%s,\"name\":\"%s\",\"properties\":{\"file\":1,\"published\":2,\"x\":3}}";

    DecodedBatch decoded =
        BatchDecoder.decode(
            batch(event.formatted(ID, TIME, "e"), event.formatted(ID, TIME, "other 10.1.2.3")),
            rules);

    assertThat(decoded.events())
        .extracting(TelemetryEvent::name, TelemetryEvent::propertiesJson)
        .containsExactly(tuple("e", "{\"file\":1,\"published\":2}"), tuple("other 10.1.2.3", "{}"));
  }

  @Test
  void an_event_that_names_no_version_has_the_configured_one() {
    PrivacyRules rules = rules("{\"telemetry\":{\"schema_version\":\"2.3.0\"}}");
    String event = "{" + ID + "," + TIME + ",\"name\":\"e\"}";

    assertThat(read(event, rules).schemaVersion()).isEqualTo("2.3.0");
  }

  @Test
  void without_an_allow_list_nothing_is_dropped() {
    assertThat(BatchDecoder.decode(batch(withProperties("{\"a\":1}")), FLOOR).droppedProperties())
        .isZero();
  }
}
