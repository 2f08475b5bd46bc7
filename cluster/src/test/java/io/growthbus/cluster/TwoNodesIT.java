package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two clustered nodes in one JVM: one holds the rooms, the other has only edge. */
class TwoNodesIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static Node rooms;
  private static Node edge;

  @BeforeAll
  static void startBoth() {
    PostgresSettings database = TestPostgres.freshDatabase();
    List<Integer> ports = Ports.free(2);
    String members = "127.0.0.1:" + ports.get(0) + ",127.0.0.1:" + ports.get(1);
    rooms = start(database, members, ports.get(0), "all");
    edge = start(database, members, ports.get(1), "edge");
  }

  private static Node start(PostgresSettings database, String members, int port, String roles) {
    return TestNodes.start(
        TestNodes.environment(
            database,
            "GROWTHBUS_CLUSTER_MEMBERS",
            members,
            "GROWTHBUS_CLUSTER_PORT",
            String.valueOf(port),
            "GROWTHBUS_ROLES",
            roles));
  }

  @AfterAll
  static void stopBoth() {
    edge.close();
    rooms.close();
  }

  @Test
  void a_prompt_raised_on_one_node_reaches_a_page_on_the_other() {
    try (Page page = Page.open(TestNodes.app(edge), "ada")) {
      Http.json(TestNodes.app(rooms) + "/api/telemetry/ingest", Events.projectsCreated("ada", 3));

      Await.until("the prompt arrives", SOON, () -> !page.prompts().isEmpty());
      assertThat(page.prompts().get(0).getString("rule")).isEqualTo("project_created");
    }
  }

  @Test
  void a_node_without_rooms_serves_every_route_by_asking_the_other_node() {
    String app = TestNodes.app(edge);

    assertThat(
            Http.json(app + "/api/telemetry/ingest", Events.projectsCreated("grace", 2))
                .getInteger("accepted"))
        .isEqualTo(2);
    assertThat(Http.json(app + "/api/admin/events?user_id=grace").getJsonArray("items")).hasSize(2);
    assertThat(Http.json(app + "/api/flags/definitions").getJsonArray("flags")).hasSize(2);
    assertThat(Http.json(app + "/api/billing/entitlements/grace").getString("state"))
        .isEqualTo("fresh");
  }

  @Test
  void an_upgrade_on_one_node_changes_the_plan_on_the_other_at_once() {
    String far = TestNodes.app(edge);
    assertThat(Http.json(far + "/api/billing/entitlements/hedy").getString("tier"))
        .isEqualTo("free");

    Http.json(TestNodes.app(rooms) + "/demo/api/upgrade", new JsonObject().put("user_id", "hedy"));

    assertThat(Http.json(far + "/api/billing/entitlements/hedy").getString("tier"))
        .isEqualTo("pro");
  }

  @Test
  void a_refusal_keeps_its_code_on_the_way_between_nodes() throws java.io.IOException {
    assertThat(Http.post(TestNodes.app(edge) + "/api/telemetry/ingest", "{}").body())
        .contains("\"code\":\"invalid_envelope\"");
  }

  @Test
  void clustered_nodes_are_ready_and_say_so() {
    assertThat(Http.json(edge.opsUrl() + "/health/ready").encode()).contains("\"cluster\"");
  }
}
