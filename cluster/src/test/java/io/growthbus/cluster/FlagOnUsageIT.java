package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.flags.Exposure;
import io.growthbus.shared.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A flag for free users who are near their limit, on every surface of a node. */
class FlagOnUsageIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String SECRET = "sk_flag_on_usage";
  private static final String[] SERVER = {"Authorization", "Bearer " + SECRET};
  private static final String[] ADMIN = {"Authorization", "Bearer ak_flag_on_usage"};
  private static final String[] PAGE = {"Authorization", "Bearer pk_flag_on_usage"};
  private static final String FLAG =
      """
      {"key": "upsell", "enabled": true, "rules": [
        {"key": "near_limit", "if": [
          {"attribute": "tier", "values": ["free"]},
          {"attribute": "usage.api_calls", "operator": "gte", "values": [40]}]}]},
      """;

  @TempDir static Path conf;
  private static NodeWithService node;
  private static String app;

  @BeforeAll
  static void startTheNode() throws IOException {
    String file = Files.readString(Path.of("../conf/growth.json"));
    String place = "\"definitions\": [";
    assertThat(file).contains(place);
    Files.writeString(conf.resolve("growth.json"), file.replace(place, place + FLAG));
    node =
        new NodeWithService(
            "GROWTHBUS_CONF",
            conf.toString(),
            "GROWTHBUS_SECRET_KEY",
            SECRET,
            "GROWTHBUS_ADMIN_KEY",
            "ak_flag_on_usage",
            "GROWTHBUS_PUBLISHABLE_KEY",
            "pk_flag_on_usage",
            "GROWTHBUS_TOKEN_SECRET",
            "0123456789abcdef0123456789abcdef");
    app = node.app();
  }

  @AfterAll
  static void stopTheNode() {
    node.close();
  }

  private static void call(String user, int times) {
    JsonArray batch = new JsonArray();
    for (int i = 0; i < times; i++) {
      batch.add(
          Events.projectCreated(user)
              .put("name", "api_call")
              .put("properties", new JsonObject().put("endpoint", "/x").put("status_code", 200)));
    }
    JsonObject verdict =
        Http.json(app + "/api/telemetry/ingest", new JsonObject().put("batch", batch), SERVER);
    assertThat(verdict.getInteger("accepted")).isEqualTo(times);
  }

  private static JsonObject overBus(String user) {
    JsonObject question =
        new JsonObject()
            .put("key", "upsell")
            .put("userId", user)
            .put("attributes", new JsonObject().put("tier", "pro"));
    return (JsonObject)
        Await.result(node.service().eventBus().request("growthbus.flags.evaluate", question))
            .body();
  }

  private static JsonObject overHttp(String user, String... more) {
    JsonObject body =
        new JsonObject().put("user_id", user).put("keys", new JsonArray().add("upsell"));
    if (more.length > 0) {
      body.put("track", true);
    }
    return Http.json(app + "/api/flags/evaluate", body, SERVER)
        .getJsonObject("flags")
        .getJsonObject("upsell");
  }

  private static JsonObject overOfrep(String user, String... headers) {
    return Http.json(
        app + "/ofrep/v1/evaluate/flags/upsell",
        new JsonObject().put("context", new JsonObject().put("targetingKey", user)),
        headers);
  }

  private static String[] page(String user) {
    String token =
        Http.json(app + "/api/auth/user-token", new JsonObject().put("user_id", user), SERVER)
            .getString("token");
    return new String[] {"Authorization", "Bearer " + token, "X-API-Key", "pk_flag_on_usage"};
  }

  @Test
  void the_fortieth_event_turns_the_answer_on_every_surface_as_soon_as_it_is_answered() {
    String user = "u-" + UUID.randomUUID();
    String[] ownPage = page(user);
    call(user, 39);
    for (JsonObject answer :
        List.of(overBus(user), overHttp(user), overOfrep(user, SERVER), overOfrep(user, ownPage))) {
      assertThat(answer.getBoolean("value")).isFalse();
      assertThat(answer.getString("reason")).isEqualTo("DEFAULT");
    }

    call(user, 1);
    JsonObject bus = overBus(user);
    JsonObject http = overHttp(user);
    JsonObject ofrep = overOfrep(user, SERVER);
    JsonObject own = overOfrep(user, ownPage);

    for (JsonObject answer : List.of(bus, http, ofrep, own)) {
      assertThat(answer.getBoolean("value")).isTrue();
      assertThat(answer.getString("reason")).isEqualTo("TARGETING_MATCH");
    }
    assertThat(bus.getJsonObject("facts").getLong("entitlementRevision")).isZero();
    assertThat(bus.getJsonObject("facts").getJsonObject("usage").getInteger("api_calls"))
        .isEqualTo(40);
    assertThat(http.getJsonObject("facts").getJsonObject("usage").getInteger("api_calls"))
        .isEqualTo(40);
    assertThat(http.getLong("flag_revision"))
        .isPositive()
        .isLessThanOrEqualTo(http.getLong("revision"));
    for (JsonObject answer : List.of(ofrep, own)) {
      assertThat(answer.getJsonObject("metadata").getInteger("usage.api_calls")).isEqualTo(40);
      assertThat(answer.getJsonObject("metadata").getLong("entitlement_revision")).isZero();
    }
    // Nobody else learns of it from the answer.
    assertThat(overOfrep(user, PAGE).getBoolean("value")).isFalse();
    assertThat(overOfrep(user, page("somebody-else")).getBoolean("value")).isFalse();
  }

  @Test
  void an_exposure_is_stored_once_whoever_records_it_and_without_a_note() {
    String user = "u-" + UUID.randomUUID();
    long revision = overHttp(user, "track").getLong("flag_revision");
    overHttp(user, "track");
    String[] ownPage = page(user);
    overOfrep(user, ownPage[0], ownPage[1], ownPage[2], ownPage[3], "X-Growthbus-Track", "true");
    Await.until("it is stored", SOON, () -> exposures(user).size() == 1);

    JsonObject again =
        Events.projectCreated(user)
            .put("event_id", Exposure.id(user, "upsell", revision, "off").toString())
            .put("name", "$exposure")
            .put("properties", new JsonObject().put("flag", "upsell").put("variant", "off"));
    JsonObject verdict =
        Http.json(
            app + "/api/telemetry/ingest",
            new JsonObject().put("batch", new JsonArray().add(again)),
            ownPage);

    assertThat(verdict.getInteger("duplicates")).isEqualTo(1);
    JsonObject stored = exposures(user).getJsonObject(0);
    assertThat(exposures(user)).hasSize(1);
    assertThat(stored.getBoolean("verified")).isTrue();
    assertThat(stored.containsKey("annotations")).isFalse();
    assertThat(stored.getJsonObject("properties"))
        .isEqualTo(
            new JsonObject()
                .put("flag", "upsell")
                .put("variant", "off")
                .put("revision", revision)
                .put("reason", "DEFAULT"));
  }

  private static JsonArray exposures(String user) {
    return Http.json(app + "/api/admin/events?name=%24exposure&user_id=" + user, ADMIN)
        .getJsonArray("items");
  }
}
