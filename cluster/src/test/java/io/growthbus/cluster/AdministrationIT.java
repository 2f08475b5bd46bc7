package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What operators define, on two clustered nodes, over HTTP and with the commands. */
class AdministrationIT {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static Node one;
  private static Node other;

  @TempDir Path folder;

  @BeforeAll
  static void startBoth() {
    List<Integer> ports = Ports.free(2);
    String members = "127.0.0.1:" + ports.get(0) + ",127.0.0.1:" + ports.get(1);
    PostgresSettings database = TestPostgres.freshDatabase();
    one = start(database, members, ports.get(0));
    other = start(database, members, ports.get(1));
  }

  private static Node start(PostgresSettings database, String members, int port) {
    return TestNodes.start(
        TestNodes.environment(
            database,
            "GROWTHBUS_CLUSTER_MEMBERS",
            members,
            "GROWTHBUS_CLUSTER_PORT",
            String.valueOf(port),
            // Two nodes that start on a busy machine take their time.
            "GROWTHBUS_PG_CONNECT_TIMEOUT",
            "20s"));
  }

  @AfterAll
  static void stopBoth() {
    other.close();
    one.close();
  }

  private static HttpResponse<String> send(Node node, String method, String path, String body) {
    try {
      return CLIENT.send(
          HttpRequest.newBuilder(URI.create(TestNodes.app(node) + path))
              .method(method, BodyPublishers.ofString(body.replace('\'', '"')))
              .build(),
          BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(method + " " + path, e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static JsonObject put(Node node, String path, String body) {
    HttpResponse<String> answer = send(node, "PUT", "/api/admin/" + path, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return new JsonObject(answer.body());
  }

  /** The answer to an order that is repeated, which changes nothing, until both nodes act by it. */
  private static JsonObject putUntilBothAct(String path, String body) {
    Await.until(
        "both nodes act by it",
        Duration.ofSeconds(20),
        () -> put(one, path, body).getJsonArray("nodes").size() == 2);
    return put(one, path, body);
  }

  private static JsonArray audit(String query) {
    return Http.json(TestNodes.app(other) + "/api/admin/audit?" + query).getJsonArray("items");
  }

  /** What a command printed and how it ended. */
  private record Result(int code, String out, String err) {}

  private static Result run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine(Map.of()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int code = command.execute(arguments);
    return new Result(code, out.toString(), err.toString());
  }

  private static Result runOn(Node node, String... arguments) {
    return run(
        Stream.concat(Stream.of(arguments), Stream.of("--url", TestNodes.app(node)))
            .toArray(String[]::new));
  }

  @Test
  void a_flag_that_is_put_on_one_node_answers_on_the_other_when_that_says_so() {
    JsonObject change =
        putUntilBothAct(
            "flags/beta", "{'enabled': true, 'rollout_percentage': 100, 'evaluation': 'server'}");

    assertThat(change.getJsonArray("pending")).isEmpty();
    assertThat(change.getJsonObject("applied_at").fieldNames())
        .containsExactlyInAnyOrderElementsOf(
            change.getJsonArray("nodes").stream().map(String::valueOf).toList());
    JsonObject answer =
        Http.json(
                TestNodes.app(other) + "/api/flags/evaluate",
                new JsonObject().put("user_id", "ada"))
            .getJsonObject("flags")
            .getJsonObject("beta");
    assertThat(answer.getBoolean("value")).isTrue();
    assertThat(answer.getLong("revision")).isGreaterThanOrEqualTo(change.getLong("revision"));
  }

  @Test
  void what_is_wrong_with_a_flag_comes_as_errors_with_pointers() {
    HttpResponse<String> answer =
        send(one, "PUT", "/api/admin/flags/bad", "{'colour': 1, 'holdout': 'none'}");
    assertThat(answer.statusCode()).isEqualTo(400);
    JsonObject problem = new JsonObject(answer.body());
    assertThat(problem.getString("code")).isEqualTo("invalid_field");
    assertThat(problem.getJsonArray("errors")).hasSize(1);

    HttpResponse<String> meter =
        send(one, "PUT", "/api/admin/meters/bad", "{'sum': '', 'period': 'year'}");
    assertThat(new JsonObject(meter.body()).getJsonArray("errors").stream())
        .extracting(error -> ((JsonObject) error).getString("pointer"))
        .containsExactlyInAnyOrder("/event", "/sum", "/period");
  }

  @Test
  void the_tag_of_a_flag_is_a_condition_for_its_change() throws Exception {
    put(one, "flags/tagged", "{}");
    HttpResponse<String> shown = send(one, "GET", "/api/admin/flags/tagged", "");
    String tag = shown.headers().firstValue("ETag").orElseThrow();
    put(one, "holdouts/tagged", "{'percentage': 5}");

    HttpResponse<String> late =
        CLIENT.send(
            HttpRequest.newBuilder(URI.create(TestNodes.app(one) + "/api/admin/flags/tagged"))
                .header("If-Match", tag)
                .PUT(BodyPublishers.ofString("{}"))
                .build(),
            BodyHandlers.ofString());

    assertThat(late.statusCode()).isEqualTo(412);
    assertThat(send(one, "DELETE", "/api/admin/flags/tagged", "").statusCode()).isEqualTo(200);
    assertThat(send(other, "GET", "/api/admin/flags/tagged", "").statusCode()).isEqualTo(404);
  }

  @Test
  void changes_of_meters_and_contracts_name_their_nodes_and_are_in_the_audit() {
    JsonObject meter = putUntilBothAct("meters/clicks", "{'event': 'click'}");
    JsonObject contract = putUntilBothAct("schemas/click", "{'version': '1.0.0', 'schema': {}}");
    assertThat(contract.getJsonObject("applied_at").size()).isEqualTo(2);
    assertThat(send(other, "DELETE", "/api/admin/schemas/click", "").statusCode()).isEqualTo(200);

    JsonObject entry = audit("kind=meter&key=clicks").getJsonObject(0);
    assertThat(entry.getString("actor")).isEqualTo("operator");
    assertThat(entry.getJsonObject("after").getString("event")).isEqualTo("click");
    assertThat(entry.getLong("revision")).isEqualTo(meter.getLong("revision"));
    assertThat(audit("kind=schema&key=click").stream())
        .extracting(each -> ((JsonObject) each).getString("action"))
        .containsExactly("removed", "added");
    assertThat(audit("kind=meter&actor=file")).isNotEmpty();
    assertThat(audit("kind=flag&actor=file")).isNotEmpty();
  }

  @Test
  void a_rule_that_is_put_on_one_node_is_followed_by_the_other_and_a_crossing_is_an_event() {
    putUntilBothAct("meters/taps", "{'event': 'tap'}");
    JsonObject change = putUntilBothAct("rules/tapper", "{'meter': 'taps', 'threshold': 2}");
    assertThat(change.getJsonArray("pending")).isEmpty();
    assertThat(change.getJsonObject("rule").getString("source")).isEqualTo("api");

    JsonArray taps = new JsonArray();
    for (int i = 0; i < 2; i++) {
      taps.add(
          new JsonObject()
              .put("event_id", UUID.randomUUID().toString())
              .put("name", "tap")
              .put("user_id", "tapping")
              .put("timestamp", System.currentTimeMillis()));
    }
    Http.json(TestNodes.app(other) + "/api/telemetry/ingest", new JsonObject().put("batch", taps));
    String events =
        TestNodes.app(one) + "/api/admin/events?user_id=tapping&name=%24threshold_crossed";
    Await.until(
        "the crossing is an event",
        Duration.ofSeconds(20),
        () -> Http.json(events).getJsonArray("items").size() == 1);
    JsonObject properties =
        Http.json(events).getJsonArray("items").getJsonObject(0).getJsonObject("properties");
    assertThat(properties.getString("rule")).isEqualTo("tapper");
    assertThat(properties.getInteger("count")).isEqualTo(2);

    assertThat(send(other, "DELETE", "/api/admin/meters/taps", "").statusCode()).isEqualTo(409);
    assertThat(send(other, "DELETE", "/api/admin/rules/tapper", "").statusCode()).isEqualTo(200);
    assertThat(send(one, "GET", "/api/admin/rules/tapper", "").statusCode()).isEqualTo(404);
    assertThat(
            send(one, "PUT", "/api/admin/rules/r", "{'meter': 'no', 'threshold': 1}").statusCode())
        .isEqualTo(422);
    assertThat(audit("kind=rule&key=tapper").stream())
        .extracting(each -> ((JsonObject) each).getString("action"))
        .containsExactly("removed", "added");
  }

  @Test
  void a_schedule_is_shown_with_what_is_to_come() {
    put(one, "flags/later", "{}");
    long at = Instant.now().plusSeconds(3_600).toEpochMilli();

    JsonObject schedule =
        put(one, "flags/later/schedule", "[{'at': " + at + ", 'change': {'enabled': true}}]");

    assertThat(schedule)
        .isEqualTo(Http.json(TestNodes.app(other) + "/api/admin/flags/later/schedule"));
    assertThat(schedule.getJsonArray("schedule").getJsonObject(0))
        .isEqualTo(
            new JsonObject()
                .put("at", at)
                .put("change", new JsonObject().put("enabled", true))
                .putNull("applied_at"));
  }

  @Test
  void what_export_prints_is_applied_without_a_change_and_an_edited_one_with_its_lines()
      throws IOException {
    put(one, "flags/exported", "{'enabled': true}");
    Path file = folder.resolve("flags.json");
    assertThat(runOn(one, "export", "--out", file.toString()).code()).isZero();

    assertThat(runOn(other, "apply", file.toString()))
        .isEqualTo(new Result(0, "No changes." + System.lineSeparator(), ""));

    JsonObject document = new JsonObject(Files.readString(file));
    JsonArray flags = document.getJsonObject("flags").getJsonArray("definitions");
    for (Object flag : flags) {
      if (((JsonObject) flag).getString("key").equals("exported")) {
        ((JsonObject) flag).put("rollout_percentage", 20);
      }
    }
    flags.add(new JsonObject().put("key", "brand_new"));
    Files.writeString(file, document.encode());
    Result dry = runOn(other, "apply", file.toString(), "--dry-run");
    assertThat(dry.code()).isZero();
    assertThat(dry.out().lines())
        .containsExactly("added flag brand_new", "changed flag exported: rollout_percentage");
    assertThat(send(one, "GET", "/api/admin/flags/brand_new", "").statusCode()).isEqualTo(404);

    assertThat(runOn(other, "apply", file.toString()).out().lines())
        .startsWith("added flag brand_new", "changed flag exported: rollout_percentage")
        .hasSize(3);
    assertThat(send(one, "GET", "/api/admin/flags/brand_new", "").statusCode()).isEqualTo(200);
  }

  @Test
  void a_document_that_is_wrong_exits_with_1_and_a_line_per_problem() throws IOException {
    Path file = folder.resolve("wrong.json");
    Files.writeString(
        file, "{\"flags\":{\"definitions\":[{\"key\":\"a b\",\"colour\":1}]},\"more\":1}");

    Result result = runOn(one, "apply", file.toString());

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines())
        .hasSize(3)
        .allMatch(line -> line.startsWith("error: /"))
        .anyMatch(line -> line.startsWith("error: /flags/definitions/0/colour"));
  }

  @Test
  void bad_usage_exits_with_2_and_no_node_with_3() {
    String nowhere = "http://127.0.0.1:" + Ports.free(1).get(0);

    assertThat(run("apply").code()).isEqualTo(2);
    assertThat(runOn(one, "apply", folder.resolve("none.json").toString()).code()).isEqualTo(2);
    assertThat(run("export", "--url", nowhere).code()).isEqualTo(3);
    assertThat(run("export", "--url", one.opsUrl()).err()).contains("status 404");
  }
}
