package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One open node with all rooms, as pages and servers use it. */
class NodeIT {
  private static Node node;
  private static String app;

  @BeforeAll
  static void startTheNode() {
    node = TestNodes.start(TestNodes.environment(TestPostgres.freshDatabase()));
    app = TestNodes.app(node);
  }

  @AfterAll
  static void stopTheNode() {
    node.close();
  }

  @Test
  void usage_raises_a_prompt_on_the_open_page_and_an_upgrade_takes_it_back() {
    try (Page page = Page.open(app, "ada")) {
      Http.json(app + "/api/telemetry/ingest", Events.projectsCreated("ada", 3));

      Await.until("the prompt arrives", Duration.ofSeconds(10), () -> !page.prompts().isEmpty());
      JsonObject prompt = page.prompts().get(0);
      assertThat(prompt.getString("event")).isEqualTo("project_created");
      assertThat(prompt.getInteger("count")).isEqualTo(3);

      Http.json(app + "/demo/api/upgrade", new JsonObject().put("user_id", "ada"));
      Await.until(
          "the prompt is retracted",
          Duration.ofSeconds(10),
          () ->
              page.received("me.prompts").stream()
                  .anyMatch(
                      body ->
                          "retract".equals(body.getString("type"))
                              && prompt
                                  .getString("prompt_id")
                                  .equals(body.getString("prompt_id"))));
      Await.until(
          "the page learns of the plan",
          Duration.ofSeconds(10),
          () ->
              page.received("me.entitlements").stream()
                  .anyMatch(body -> "pro".equals(body.getString("tier"))));
      assertThat(Http.json(app + "/api/billing/entitlements/ada").getString("tier"))
          .isEqualTo("pro");
    }
  }

  @Test
  void the_same_batch_five_times_is_stored_once_and_counted_once() {
    JsonObject batch = Events.projectsCreated("grace", 2);

    assertThat(Http.json(app + "/api/telemetry/ingest", batch).getInteger("accepted")).isEqualTo(2);
    for (int i = 0; i < 4; i++) {
      JsonObject again = Http.json(app + "/api/telemetry/ingest", batch);
      assertThat(again.getInteger("accepted")).isZero();
      assertThat(again.getInteger("duplicates")).isEqualTo(2);
    }

    assertThat(Http.json(app + "/api/admin/events?user_id=grace").getJsonArray("items")).hasSize(2);
    // Ten times counted would have crossed the threshold of three; one more crosses it exactly.
    try (Page page = Page.open(app, "grace")) {
      Http.json(app + "/api/telemetry/ingest", Events.projectsCreated("grace", 1));
      Await.until("the prompt arrives", Duration.ofSeconds(10), () -> !page.prompts().isEmpty());
      assertThat(page.prompts().get(0).getInteger("count")).isEqualTo(3);
    }
  }

  @Test
  void probes_and_metrics_stand_on_the_operations_port_only() throws IOException {
    assertThat(Http.json(node.opsUrl() + "/health/live").getString("status")).isEqualTo("UP");
    assertThat(Http.json(node.opsUrl() + "/health/ready").getString("status")).isEqualTo("UP");
    assertThat(Http.get(node.opsUrl() + "/metrics").body()).contains("vertx_http_server");
    assertThat(Http.get(app + "/metrics").statusCode()).isEqualTo(404);
    assertThat(Http.get(app + "/health/live").statusCode()).isEqualTo(404);
  }

  @Test
  void the_metrics_say_what_flags_answered_and_what_was_refused() throws IOException {
    Http.json(app + "/api/flags/evaluate", new JsonObject().put("user_id", "ada"));
    Http.post(app + "/api/telemetry/ingest", "{\"batch\":[{\"name\":\"no id\"}]}");

    assertThat(Http.get(node.opsUrl() + "/metrics").body().lines())
        .anyMatch(
            line -> line.matches("growthbus_flag_evaluations_total\\{reason=\"SPLIT\"} [1-9].*"))
        .anyMatch(line -> line.matches("growthbus_flags_revision [1-9].*"))
        .anyMatch(line -> line.matches("growthbus_flags_age_seconds \\d.*"))
        .anyMatch(line -> line.matches("growthbus_ingest_refused_events_total [1-9].*"))
        .anyMatch(line -> line.matches("growthbus_ingest_dropped_properties_total 0.*"))
        .anyMatch(line -> line.matches("growthbus_ingest_not_kept_events_total 0.*"));
  }

  @Test
  void an_unsigned_webhook_changes_nothing_even_on_an_open_node() throws IOException {
    HttpResponse<String> refused =
        Http.post(
            app + "/api/billing/webhooks/stripe",
            "{\"id\":\"evt_1\",\"type\":\"customer.subscription.created\"}");

    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(new JsonObject(refused.body()).getString("code")).isEqualTo("invalid_signature");
  }

  @Test
  void the_demo_page_and_its_script_come_with_the_node() throws IOException {
    HttpResponse<String> page = Http.get(app + "/demo/");

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Security-Policy")).isPresent();
    assertThat(Http.get(app + "/demo/demo.js").statusCode()).isEqualTo(200);
  }
}
