package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.growthbus.shared.testing.Await;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that are started again while their database is down. */
class WithoutDatabaseIT {
  private static final Duration RETURN = Duration.ofSeconds(60);
  private static final String CONTEXT = "{\"context\":{\"targetingKey\":\"ada\"}}";

  @TempDir static Path folder;
  private static MortalPostgres postgres;

  @BeforeAll
  static void startTheDatabase() throws Exception {
    postgres = new MortalPostgres(folder);
  }

  @AfterAll
  static void stopTheDatabase() {
    postgres.close();
  }

  private static Map<String, String> environment(String data) {
    return new HashMap<>(
        Map.of(
            "GROWTHBUS_CONF", "../conf",
            "GROWTHBUS_DATA_DIR", folder.resolve(data).toString(),
            "GROWTHBUS_HTTP_PORT", "0",
            "GROWTHBUS_OPS_PORT", "0",
            "GROWTHBUS_HTTP_DRAIN_DELAY", "0ms",
            "GROWTHBUS_PG_URI", postgres.uri()));
  }

  private static JsonObject flags(String app) throws IOException {
    return new JsonObject(Http.post(app + "/ofrep/v1/evaluate/flags", CONTEXT).body());
  }

  private static int ready(Node node) {
    try {
      return Http.get(node.opsUrl() + "/health/ready").statusCode();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void flags_are_served_as_they_were_and_all_the_rest_follows_when_the_database_is_back()
      throws Exception {
    Map<String, String> environment = environment("first");
    JsonObject before;
    try (Node node = TestNodes.start(environment)) {
      before = flags(TestNodes.app(node));
    }
    assertThat(before.getJsonArray("flags")).isNotEmpty();
    postgres.crash();

    try (Node node = TestNodes.start(environment)) {
      String app = TestNodes.app(node);
      assertThat(node.isWithoutDatabase()).isTrue();
      assertThat(flags(app)).isEqualTo(before);
      assertThat(Http.get(node.opsUrl() + "/health/live").statusCode()).isEqualTo(200);
      HttpResponse<String> readiness = Http.get(node.opsUrl() + "/health/ready");
      assertThat(readiness.statusCode()).isEqualTo(503);
      assertThat(readiness.body()).contains("flags are those of the last-good file");
      HttpResponse<String> refused =
          Http.post(app + "/api/telemetry/ingest", Events.projectsCreated("ada", 1).encode());
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.headers().firstValue("Retry-After")).isPresent();
      assertThat(Http.json(app + "/api/billing/entitlements/ada").getString("state"))
          .isEqualTo("fallback");
      assertThat(Http.post(app + "/api/auth/user-token", "{\"user_id\":\"ada\"}").statusCode())
          .isEqualTo(503);

      postgres.start();
      Await.until("the node is ready", RETURN, () -> ready(node) == 200);
      assertThat(node.isWithoutDatabase()).isFalse();
      assertThat(flags(app)).isEqualTo(before);
      assertThat(
              Http.json(app + "/api/telemetry/ingest", Events.projectsCreated("ada", 1))
                  .getInteger("accepted"))
          .isEqualTo(1);
      assertThat(
              Http.json(app + "/api/auth/user-token", new JsonObject().put("user_id", "ada"))
                  .getString("token"))
          .isNotEmpty();
      assertThat(Http.get(app + "/demo/").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void a_database_that_refuses_the_node_is_no_database_that_is_down() {
    Map<String, String> environment = environment("second");
    TestNodes.start(environment).close();
    environment.put("GROWTHBUS_PG_URI", postgres.uri().replace("growthbus@", "stranger@"));

    assertThatThrownBy(() -> TestNodes.start(environment))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("cannot be used");
  }
}
