package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.openfeature.contrib.providers.ofrep.OfrepProvider;
import dev.openfeature.contrib.providers.ofrep.OfrepProviderOptions;
import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.FlagEvaluationDetails;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.MutableContext;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.Structure;
import dev.openfeature.sdk.Value;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OpenFeature's own Java SDK with its own OFREP provider, against a node with keys. */
class OfrepJavaProviderIT {
  private static final String SECRET = "sk_0123456789abcdef0123456789abcdef";
  private static final String DOMAIN = "ofrep";
  private static final EvaluationContext ADA = new ImmutableContext("ada");
  private static final JsonObject FLAGS =
      new JsonObject(
          """
          {"evaluator": "server", "definitions": [
            {"key": "boolean", "enabled": true, "rollout_percentage": 100},
            {"key": "off", "enabled": false, "rollout_percentage": 100},
            {"key": "half", "enabled": true, "rollout_percentage": 50},
            {"key": "text", "enabled": true, "rollout_percentage": 100, "bucketing": "murmur3",
             "variants": {"greeting": "hi", "none": ""}, "on": "greeting", "off": "none"},
            {"key": "integer", "enabled": true, "rollout_percentage": 100, "bucketing": "murmur3",
             "variants": {"ten": 10, "zero": 0}, "on": "ten", "off": "zero"},
            {"key": "double", "enabled": true, "rollout_percentage": 100, "bucketing": "murmur3",
             "variants": {"half": 0.5, "one": 1.0}, "on": "half", "off": "one"},
            {"key": "whole_double", "enabled": true, "rollout_percentage": 0, "bucketing": "murmur3",
             "variants": {"half": 0.5, "one": 1.0}, "on": "half", "off": "one"},
            {"key": "object", "enabled": true, "rollout_percentage": 100, "bucketing": "murmur3",
             "variants": {"full": {"title": "Pictures", "perPage": 100, "sizes": [1, 2]}, "empty": {}},
             "on": "full", "off": "empty"},
            {"key": "ruled", "enabled": true, "rollout_percentage": 0, "bucketing": "murmur3",
             "rules": [{"key": "german", "if": [{"attribute": "country", "values": ["DE"]}]}]}
          ]}
          """);

  @TempDir static Path conf;
  private static Node node;

  private final OpenFeatureAPI api = OpenFeatureAPI.getInstance();
  private final Client client = api.getClient(DOMAIN);

  OfrepJavaProviderIT() {
    use(SECRET);
  }

  @BeforeAll
  static void startTheNode() {
    node =
        TestNodes.start(
            TestNodes.environment(
                TestPostgres.freshDatabase(),
                "GROWTHBUS_CONF",
                new FlagsFile(conf).write(FLAGS).folder(),
                "GROWTHBUS_PUBLISHABLE_KEY",
                "pk_0123456789abcdef0123456789abcdef",
                "GROWTHBUS_SECRET_KEY",
                SECRET,
                "GROWTHBUS_ADMIN_KEY",
                "ak_0123456789abcdef0123456789abcdef",
                "GROWTHBUS_TOKEN_SECRET",
                "0123456789abcdef0123456789abcdef"));
  }

  @AfterAll
  static void stopTheNode() {
    OpenFeatureAPI.getInstance().shutdown();
    node.close();
  }

  private void use(String key) {
    api.setProviderAndWait(
        DOMAIN,
        OfrepProvider.constructProvider(
            OfrepProviderOptions.builder()
                .baseUrl(TestNodes.app(node))
                .headers(ImmutableMap.of("Authorization", ImmutableList.of("Bearer " + key)))
                .build()));
  }

  @Test
  void every_type_arrives_with_value_variant_reason_and_revision() {
    FlagEvaluationDetails<Boolean> bool = client.getBooleanDetails("boolean", false, ADA);
    assertThat(bool.getErrorMessage()).isNull();
    assertThat(bool.getValue()).isTrue();
    assertThat(bool.getVariant()).isEqualTo("on");
    assertThat(bool.getReason()).isEqualTo("STATIC");
    assertThat(bool.getFlagMetadata().getInteger("revision")).isEqualTo(1);

    assertThat(client.getStringValue("text", "bye", ADA)).isEqualTo("hi");
    assertThat(client.getIntegerValue("integer", 1, ADA)).isEqualTo(10);
    assertThat(client.getDoubleValue("double", 0.1, ADA)).isEqualTo(0.5);
    Structure object = client.getObjectValue("object", new Value(), ADA).asStructure();
    assertThat(object.getValue("title").asString()).isEqualTo("Pictures");
    assertThat(object.getValue("perPage").asInteger()).isEqualTo(100);
    assertThat(object.getValue("sizes").asList()).hasSize(2);
  }

  @Test
  void a_double_without_a_fraction_keeps_its_point_on_the_way() {
    FlagEvaluationDetails<Double> one = client.getDoubleDetails("whole_double", 0.1, ADA);

    assertThat(one.getErrorMessage()).isNull();
    assertThat(one.getValue()).isEqualTo(1.0);
  }

  @Test
  void the_context_decides() {
    EvaluationContext german = new MutableContext("ada").add("country", "DE");

    FlagEvaluationDetails<Boolean> matched = client.getBooleanDetails("ruled", false, german);
    assertThat(matched.getValue()).isTrue();
    assertThat(matched.getReason()).isEqualTo("TARGETING_MATCH");
    assertThat(matched.getFlagMetadata().getString("rule")).isEqualTo("german");
    assertThat(client.getBooleanValue("ruled", true, ADA)).isFalse();
  }

  @Test
  void a_disabled_flag_is_off_whatever_the_default_of_the_code() {
    FlagEvaluationDetails<Boolean> off = client.getBooleanDetails("off", true, ADA);

    assertThat(off.getValue()).isFalse();
    assertThat(off.getReason()).isEqualTo("DISABLED");
  }

  @Test
  void an_unknown_flag_is_not_found() {
    FlagEvaluationDetails<Boolean> unknown = client.getBooleanDetails("unknown", true, ADA);

    assertThat(unknown.getErrorCode()).isEqualTo(ErrorCode.FLAG_NOT_FOUND);
    assertThat(unknown.getValue()).isTrue();
  }

  @Test
  void another_type_is_a_mismatch() {
    assertThat(client.getBooleanDetails("text", true, ADA).getErrorCode())
        .isEqualTo(ErrorCode.TYPE_MISMATCH);
    assertThat(client.getIntegerDetails("double", 1, ADA).getErrorCode())
        .isEqualTo(ErrorCode.TYPE_MISMATCH);
  }

  @Test
  void a_partial_rollout_without_a_targeting_key_is_an_error_and_the_default_is_used() {
    FlagEvaluationDetails<Boolean> nobody = client.getBooleanDetails("half", true);

    // This provider calls every 400 so.
    assertThat(nobody.getErrorCode()).isEqualTo(ErrorCode.INVALID_CONTEXT);
    assertThat(nobody.getValue()).isTrue();
    assertThat(client.getBooleanDetails("boolean", false).getValue()).isTrue();
  }

  @Test
  void a_wrong_key_is_said_to_be_one() {
    use("sk_wrong");

    FlagEvaluationDetails<Boolean> refused = client.getBooleanDetails("boolean", false, ADA);

    assertThat(refused.getErrorCode()).isEqualTo(ErrorCode.GENERAL);
    assertThat(refused.getErrorMessage()).contains("authentication");
  }

  @Test
  void the_client_of_that_provider_upgrades_to_http_2_without_encryption()
      throws IOException, InterruptedException {
    HttpClient asTheProviderMakesIt = HttpClient.newHttpClient();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(TestNodes.app(node) + "/ofrep/v1/evaluate/flags/boolean"))
            .header("Authorization", "Bearer " + SECRET)
            .header("Content-Type", "application/json; charset=utf-8")
            .POST(BodyPublishers.ofString("{\"context\":{\"targetingKey\":\"ada\"}}"))
            .build();

    for (int i = 0; i < 3; i++) {
      HttpResponse<String> answer = asTheProviderMakesIt.send(request, BodyHandlers.ofString());
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(new JsonObject(answer.body()).getBoolean("value")).isTrue();
    }
  }
}
