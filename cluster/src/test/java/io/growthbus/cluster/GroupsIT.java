package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** From Segment's group to what a member of the account may use, on a node with keys. */
class GroupsIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String PUBLISHABLE = "pk_groups_1234567890";
  private static final String SECRET = "sk_groups_1234567890";
  private static final String ADMIN = "ak_groups_1234567890";

  private static Node node;
  private static WholeDatabase database;

  @BeforeAll
  static void start() throws Exception {
    PostgresSettings settings = TestPostgres.freshDatabase();
    database = new WholeDatabase(settings);
    node =
        TestNodes.start(
            TestNodes.environment(
                settings,
                "GROWTHBUS_PUBLISHABLE_KEY",
                PUBLISHABLE,
                "GROWTHBUS_SECRET_KEY",
                SECRET,
                "GROWTHBUS_ADMIN_KEY",
                ADMIN,
                "GROWTHBUS_TOKEN_SECRET",
                "a-secret-of-thirty-two-bytes-or-more",
                "GROWTHBUS_PG_CONNECT_TIMEOUT",
                "20s"));
    HttpResponse<String> put =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(TestNodes.app(node) + "/api/admin/overrides/accounts/acme"))
                    .header("Authorization", "Bearer " + ADMIN)
                    .header("Content-Type", "application/json")
                    .PUT(BodyPublishers.ofString("{\"tier\":\"pro\"}"))
                    .build(),
                BodyHandlers.ofString());
    assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String[] key(String key) {
    return new String[] {"Authorization", "Bearer " + key};
  }

  private static JsonObject entitlement(String user, String query) {
    return Http.json(
        TestNodes.app(node) + "/api/billing/entitlements/" + user + query, key(SECRET));
  }

  private static void group(String user, String... credentials) throws IOException {
    HttpResponse<String> answer =
        Http.post(
            TestNodes.app(node) + "/v1/group",
            new JsonObject()
                .put("userId", user)
                .put("groupId", "acme")
                .put("traits", new JsonObject().put("plan", "team"))
                .encode(),
            credentials);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private static String[] basic(String key) {
    byte[] credentials = (key + ":").getBytes(StandardCharsets.UTF_8);
    return new String[] {
      "Authorization", "Basic " + Base64.getEncoder().encodeToString(credentials)
    };
  }

  @Test
  void a_group_of_the_customers_server_gives_the_user_what_the_account_has() throws IOException {
    long before = System.currentTimeMillis();
    assertThat(entitlement("ada", "").getString("tier")).isEqualTo("free");
    group("ada", basic(SECRET));

    Await.until(
        "ada has what acme has",
        SOON,
        () -> "pro".equals(entitlement("ada", "").getString("tier")));
    assertThat(entitlement("ada", "").getString("reason")).isEqualTo("account");
    assertThat(entitlement("ada", "?at=" + before).getString("tier")).isEqualTo("free");
    assertThat(entitlement("ada", "?at=" + System.currentTimeMillis()).getString("tier"))
        .isEqualTo("pro");
  }

  @Test
  void a_group_that_anybody_could_have_sent_gives_nothing() throws IOException {
    String token =
        Http.json(
                TestNodes.app(node) + "/api/auth/user-token",
                new JsonObject().put("user_id", "bob"),
                key(SECRET))
            .getString("token");
    group("eve", basic(PUBLISHABLE));
    group("bob", "Authorization", "Bearer " + token, "X-API-Key", PUBLISHABLE);
    group("grace", basic(SECRET));

    Await.until(
        "grace has what acme has",
        SOON,
        () -> "pro".equals(entitlement("grace", "").getString("tier")));
    assertThat(entitlement("eve", "").getString("tier")).isEqualTo("free");
    assertThat(entitlement("bob", "").getString("tier")).isEqualTo("free");
    assertThat(
            database.number("SELECT count(*) FROM ingest.account_claim WHERE user_id = ?", "eve")
                + database.number(
                    "SELECT count(*) FROM ingest.account_claim WHERE user_id = ?", "bob"))
        .isZero();
  }
}
