package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Call;
import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.edge.core.SocketRules;
import io.growthbus.edge.core.StreamTopics;
import io.growthbus.edge.socket.SocketServer;
import io.growthbus.edge.socket.SocketSettings;
import io.growthbus.edge.stream.EventStreams;
import io.growthbus.edge.stream.StreamSettings;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.testing.Await;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.OpenAPIVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** openapi.yaml says what the node does: no route less, no field more. */
class OpenApiIT {
  private static final EdgeNode OPEN = new EdgeNode(EdgeNode.OPEN);
  private static final ApiDocument DOCUMENT = new ApiDocument(OPEN.vertx);
  private static final EdgeNode KEYED = new EdgeNode(EdgeNode.KEYED);
  private static final String USER = "/api/users/{userId}";
  private static final String PROMPT = "/api/prompts/{id}/{action}";
  private static final String FLAG_REPORT = "/api/admin/flag-report";
  private static final String EVALUATE = "/api/admin/evaluate";

  @AfterAll
  static void stop() {
    OPEN.close();
    KEYED.close();
  }

  /** Method and path of every route that a node in this mode mounts, those of SockJS aside. */
  private static Set<String> mounted(EdgeSettings settings) {
    Secret secret = new Secret(EdgeNode.TOKEN_SECRET);
    UserTokens tokens = new UserTokens(OPEN.vertx, secret, OPEN.clock);
    SocketServer sockets =
        new SocketServer(
            OPEN.bus,
            tokens::verify,
            new SocketSettings(1, 1, 1, 1, Duration.ofSeconds(1)),
            OPEN.clock,
            PromptRoutes::body);
    StreamTopics topics = new StreamTopics(EdgeNode.TOKEN_SECRET);
    EventStreams streams =
        new EventStreams(OPEN.vertx, OPEN.bus, topics, new StreamSettings(1, 1), OPEN.clock);
    Set<String> routes = new TreeSet<>();
    for (Route route :
        new EdgeRouter(OPEN.vertx, OPEN.bus, new Live<>(EdgeNode.CONFIG), settings, OPEN.clock)
            .router(tokens, sockets, streams, topics, () -> 0, ctx -> ctx.next())
            .getRoutes()) {
      if (route.methods() != null && !template(route).startsWith("/eventbus/")) {
        route.methods().stream()
            .filter(method -> !method.equals(HttpMethod.HEAD))
            .forEach(method -> routes.add(method + " " + template(route)));
      }
    }
    return routes;
  }

  private static String template(Route route) {
    String path = Objects.requireNonNull(route.getPath());
    return (path.endsWith("/") && path.length() > 1 ? path + "{file}" : path)
        .replaceAll(":([A-Za-z]+)", "{$1}");
  }

  @Test
  void the_document_names_the_mounted_routes_and_no_others() {
    Set<String> documented = DOCUMENT.operations();
    documented.removeIf(operation -> operation.contains(" /eventbus/"));
    assertThat(documented).isEqualTo(mounted(EdgeNode.OPEN));
    documented.removeIf(operation -> operation.matches("[A-Z]+ /(demo.*)?"));
    assertThat(documented).isEqualTo(mounted(EdgeNode.KEYED));
  }

  @Test
  void the_table_of_access_has_a_row_for_every_route() {
    Set<String> rows = new TreeSet<>();
    for (String line :
        OPEN.vertx
            .fileSystem()
            .readFileBlocking("access.csv")
            .toString()
            .lines()
            .skip(1)
            .toList()) {
      String[] cells = line.split(",", 3);
      rows.add(
          cells[0]
              + " "
              + cells[1]
                  .replaceAll("\\?.*", "")
                  .replace("/api_calls", "/{key}")
                  .replace("ada", "{userId}")
                  .replace("/flags/export", "/flags/{key}")
                  .replace("/opened", "/{event}")
                  .replace("acme", "{accountId}")
                  .replaceAll("[0-9a-f-]{36}", "{id}"));
    }
    assertThat(rows).isEqualTo(mounted(EdgeNode.KEYED));
  }

  @Test
  void the_sockets_addresses_are_described() {
    assertThat(DOCUMENT.root().getJsonObject("info").getString("description"))
        .contains(SocketRules.OUTBOUND)
        .contains(SocketRules.INBOUND)
        .contains("`access_denied`", "`not_logged_in`", "`max_handlers_reached`", "`invalid_json`")
        .contains("1001", "4401", "4429", "replyAddress");
    assertThat(OPEN.get("/eventbus/websocket").send().status()).isEqualTo(400);
  }

  @Test
  void the_document_is_valid_openapi_3_1() {
    // The library checks the whole document, but models no other media types than these.
    String understood =
        DOCUMENT
            .root()
            .encode()
            .replace("application/problem+json", "application/json")
            .replace("application/yaml", "text/plain")
            .replace("text/event-stream", "text/plain")
            .replace("text/html", "text/plain")
            .replace("text/javascript", "text/plain");
    OpenAPIContract contract =
        Await.result(OpenAPIContract.from(OPEN.vertx, new JsonObject(understood)));
    assertThat(contract.getVersion()).isEqualTo(OpenAPIVersion.V3_1);
    assertThat(contract.operations()).hasSizeGreaterThan(15);
  }

  @Test
  void the_document_is_served_as_it_is() {
    Response response = KEYED.get("/openapi.yaml").send();
    assertThat(response.header("Content-Type")).startsWith("application/yaml");
    assertThat(response.body()).isEqualTo(OPEN.vertx.fileSystem().readFileBlocking("openapi.yaml"));
  }

  /** Each example with its schema. */
  private static void examples(JsonObject node, String where, Map<String, JsonObject> found) {
    if (node.containsKey("schema")
        && (node.containsKey("example") || node.containsKey("examples"))) {
      found.put(where, node);
    }
    for (String field : node.fieldNames()) {
      if (node.getValue(field) instanceof JsonObject child) {
        examples(child, where + "/" + field, found);
      } else if (node.getValue(field) instanceof JsonArray list) {
        for (int i = 0; i < list.size(); i++) {
          if (list.getValue(i) instanceof JsonObject child) {
            examples(child, where + "/" + field + "/" + i, found);
          }
        }
      }
    }
  }

  @Test
  void every_example_keeps_to_its_schema() {
    Map<String, JsonObject> found = new TreeMap<>();
    examples(DOCUMENT.root(), "", found);
    assertThat(found).hasSizeGreaterThan(25);
    List<String> complaints = new ArrayList<>();
    found.forEach(
        (where, node) -> {
          List<Object> values = new ArrayList<>();
          if (node.containsKey("example")) {
            values.add(node.getValue("example"));
          }
          node.getJsonObject("examples", new JsonObject())
              .forEach(example -> values.add(((JsonObject) example.getValue()).getValue("value")));
          for (Object value : values) {
            DOCUMENT
                .complaints(value, node.getJsonObject("schema"))
                .forEach(complaint -> complaints.add(where + ": " + complaint));
          }
        });
    assertThat(complaints).isEmpty();
  }

  @Test
  void a_field_that_is_missing_or_not_documented_is_found() {
    JsonObject schema = new JsonObject().put("$ref", "#/components/schemas/Verdict");
    JsonObject verdict =
        new JsonObject("{\"accepted\":1,\"duplicates\":0,\"rejected\":[],\"more\":1}");
    assertThat(DOCUMENT.complaints(verdict, schema))
        .containsExactlyInAnyOrder("/consent_dropped is missing", "/more is not documented");
    verdict.put("consent_dropped", "0").remove("more");
    assertThat(DOCUMENT.complaints(verdict, schema)).hasSize(1);
  }

  record Exchange(String method, String template, int status, Call call) {
    @Override
    public String toString() {
      return method + " " + template + " " + status;
    }
  }

  private static Exchange keyed(
      String method, String template, int status, String path, String body) {
    return new Exchange(
        method,
        template,
        status,
        KEYED.call(method, path).body(Buffer.buffer(body)).bearer(EdgeNode.SK));
  }

  private static Exchange operator(
      String method, String template, int status, String path, String body) {
    return new Exchange(
        method,
        template,
        status,
        KEYED.call(method, path).body(Buffer.buffer(body)).bearer(EdgeNode.AK));
  }

  private static final String STRIPE = "{\"provider\":\"stripe\"}";

  static Stream<Exchange> exchanges() {
    String ingest = "/api/telemetry/ingest";
    String evaluate = "/api/flags/evaluate";
    String ofrep = "/ofrep/v1/evaluate/flags";
    String token = "/api/auth/user-token";
    String entitlement = "/api/billing/entitlements/{userId}";
    String prompts = "/api/prompts";
    String quarantine = "/api/admin/quarantine";
    String replay = "/api/admin/quarantine/replay";
    String rules = "/api/admin/rules";
    String meters = "/api/admin/meters";
    String meter = meters + "/{key}";
    String webhooks = "/api/admin/webhooks";
    String comparisons = webhooks + "/reconciliations";
    String flag = "/api/admin/flags/{key}";
    String flags = "/api/admin/flags/export";
    String schemas = "/api/admin/schemas";
    String schema = schemas + "/{event}";
    String check = "/api/entitlements/check";
    String consume = "/api/entitlements/consume";
    String reserve = "/api/entitlements/reservations";
    String reservation = reserve + "/" + FakeRooms.PROMPT_ID;
    String use = "{\"user_id\":\"ada\",\"feature\":\"exports\",\"event_id\":\"k1\"}";
    String overrides = "/api/admin/overrides";
    String ofAccount = overrides + "/accounts";
    String member = "/api/accounts/{accountId}/members/{userId}";
    String definitions = "/api/admin/definitions";
    return Stream.of(
        new Exchange("GET", quarantine, 200, OPEN.get(quarantine)),
        new Exchange("GET", quarantine, 200, OPEN.get(quarantine + "?code=too_deep")),
        new Exchange("GET", quarantine, 400, OPEN.get(quarantine + "?limit=0")),
        new Exchange("POST", replay, 200, OPEN.post(replay, "{\"ids\":[1]}")),
        new Exchange("POST", replay, 400, OPEN.post(replay, "{}")),
        keyed("POST", ingest, 200, ingest, "[]"),
        new Exchange("POST", ingest, 401, KEYED.post(ingest, "[]")),
        new Exchange("POST", ingest, 403, KEYED.post(ingest, "[]").bearer(EdgeNode.AK)),
        keyed("POST", ingest, 413, ingest, "x".repeat(40_000)),
        new Exchange(
            "POST",
            ingest,
            415,
            OPEN.call("POST", ingest).body(Buffer.buffer(new byte[] {0x1f, (byte) 0x8b, 0}))),
        keyed("GET", "/api/flags/definitions", 200, "/api/flags/definitions", ""),
        keyed(
            "GET", "/api/flags/definitions", 400, "/api/flags/definitions?user_id=a&user_id=b", ""),
        keyed("POST", "/v1/batch", 200, "/v1/batch", "{\"batch\":[{\"type\":\"track\"}]}"),
        keyed("POST", "/v1/batch", 400, "/v1/batch", "[]"),
        keyed("POST", "/v1/b", 200, "/v1/b", "{\"batch\":[]}"),
        keyed("POST", "/v1/{call}", 200, "/v1/identify", "{\"userId\":\"ada\"}"),
        keyed("POST", "/v1/{call}", 400, "/v1/t", "{"),
        new Exchange("POST", "/v1/{call}", 401, KEYED.post("/v1/page", "{}")),
        keyed("POST", evaluate, 200, evaluate, "{\"user_id\":\"ada\"}"),
        keyed("POST", evaluate, 400, evaluate, "{}"),
        keyed("POST", evaluate, 413, evaluate, "x".repeat(70_000)),
        keyed("POST", ofrep + "/{key}", 200, ofrep + "/export", "{}"),
        keyed("POST", ofrep + "/{key}", 400, ofrep + "/export", "{\"context\":1}"),
        keyed("POST", ofrep + "/{key}", 404, ofrep + "/no%20flag", "{}"),
        new Exchange("POST", ofrep + "/{key}", 401, KEYED.post(ofrep + "/export", "{}")),
        keyed("POST", ofrep, 200, ofrep, "{\"context\":{\"targetingKey\":\"ada\"}}"),
        keyed("POST", ofrep, 400, ofrep, "{"),
        keyed("GET", "/ofrep/v1/stream", 200, "/ofrep/v1/stream", ""),
        new Exchange("GET", "/ofrep/v1/stream", 401, KEYED.get("/ofrep/v1/stream")),
        keyed("GET", entitlement, 200, "/api/billing/entitlements/ada", ""),
        new Exchange(
            "GET", entitlement, 404, KEYED.get("/api/billing/entitlements/bob").page("ada")),
        keyed("GET", "/api/billing/plans", 200, "/api/billing/plans", ""),
        keyed("POST", "/api/billing/webhooks/stripe", 200, "/api/billing/webhooks/stripe", "{}"),
        keyed(
            "POST", "/api/billing/webhooks/standard", 200, "/api/billing/webhooks/standard", "{}"),
        operator("GET", webhooks, 200, webhooks + "?outcome=applied", ""),
        operator("GET", webhooks, 400, webhooks + "?before=1", ""),
        operator("POST", webhooks + "/reapply", 200, webhooks + "/reapply", STRIPE),
        operator("POST", webhooks + "/reapply", 400, webhooks + "/reapply", "{\"limit\":0}"),
        operator("GET", comparisons, 200, comparisons, ""),
        operator("POST", comparisons, 202, comparisons, STRIPE),
        operator("POST", comparisons, 400, comparisons, "{}"),
        operator(
            "GET", "/api/admin/explain", 200, "/api/admin/explain?user=ada&rule=api_calls", ""),
        operator("GET", "/api/admin/explain", 400, "/api/admin/explain?user=ada", ""),
        new Exchange("GET", prompts, 200, KEYED.get(prompts).page("ada")),
        new Exchange("GET", prompts, 401, OPEN.get(prompts)),
        new Exchange("GET", prompts, 403, KEYED.get(prompts).bearer(EdgeNode.PK)),
        new Exchange(
            "POST",
            PROMPT,
            200,
            KEYED.post(prompts + "/" + FakeRooms.PROMPT_ID + "/shown", "").page("ada")),
        keyed("DELETE", USER, 200, "/api/users/ada", ""),
        keyed("DELETE", USER, 400, "/api/users/ada?suppress=maybe", ""),
        keyed("GET", USER + "/export", 200, "/api/users/ada/export", ""),
        keyed("GET", "/api/erasures/{id}", 200, "/api/erasures/" + FakeRooms.PROMPT_ID, ""),
        keyed("POST", token, 200, token, "{\"user_id\":\"ada\"}"),
        keyed("POST", token, 400, token, "{\"user\":\"ada\"}"),
        keyed("GET", "/api/sdk/config", 200, "/api/sdk/config", ""),
        new Exchange(
            "GET", "/api/admin/events", 200, KEYED.get("/api/admin/events").bearer(EdgeNode.AK)),
        new Exchange("GET", "/api/admin/events", 400, OPEN.get("/api/admin/events?limit=0")),
        operator("GET", rules, 200, rules, ""),
        operator("GET", rules + "/{key}", 200, rules + "/api_calls", ""),
        operator("PUT", rules + "/{key}", 200, rules + "/api_calls", "{\"meter\":\"m\"}"),
        operator("DELETE", rules + "/{key}", 200, rules + "/api_calls", ""),
        operator("GET", meters, 200, meters, ""),
        operator("GET", meter, 200, meters + "/api_calls", ""),
        operator("PUT", meter, 200, meters + "/api_calls", "{\"event\":\"api_call\"}"),
        operator("DELETE", meter, 200, meters + "/api_calls", ""),
        operator("GET", meter + "/usage", 200, meters + "/api_calls/usage?user_id=ada", ""),
        operator("GET", meter + "/usage", 400, meters + "/api_calls/usage", ""),
        operator("GET", schemas, 200, schemas, ""),
        operator("GET", schemas, 400, schemas + "?format=xml", ""),
        operator("GET", schema, 200, schemas + "/clicked", ""),
        operator("PUT", schema, 200, schemas + "/clicked", "{\"version\":\"1.0.0\",\"schema\":{}}"),
        operator("PUT", schema, 400, schemas + "/clicked", "{\"colour\":1}"),
        operator("DELETE", schema, 200, schemas + "/clicked?version=1.0.0", ""),
        operator("POST", flag + "/preview", 200, flags + "/preview", "{\"contexts\":[{}]}"),
        operator("POST", flag + "/preview", 400, flags + "/preview", "{\"contexts\":[1]}"),
        operator("POST", flag + "/impact", 200, flags + "/impact", "{\"definition\":{}}"),
        operator("POST", flag + "/impact", 400, flags + "/impact", "{}"),
        keyed("POST", check, 200, check, "{\"user_id\":\"ada\",\"feature\":\"export\"}"),
        keyed("POST", check, 400, check, "{\"user_id\":\"ada\"}"),
        new Exchange(
            "POST",
            check,
            404,
            KEYED.post(check, "{\"user_id\":\"bob\",\"meter\":\"api_calls\"}").page("ada")),
        keyed("POST", consume, 200, consume, use),
        keyed("POST", consume, 400, consume, "{}"),
        keyed("POST", reserve, 200, reserve, use),
        keyed("POST", reserve + "/{id}/confirm", 200, reservation + "/confirm", "{\"amount\":1}"),
        keyed("POST", reserve + "/{id}/release", 200, reservation + "/release", ""),
        operator("GET", overrides + "/{userId}", 200, overrides + "/ada", ""),
        operator("PUT", overrides + "/{userId}", 200, overrides + "/ada", "{\"tier\":\"pro\"}"),
        operator("DELETE", overrides + "/{userId}", 200, overrides + "/ada", ""),
        operator("GET", ofAccount + "/{accountId}", 200, ofAccount + "/acme", ""),
        operator("PUT", ofAccount + "/{accountId}", 200, ofAccount + "/acme", "{}"),
        operator("DELETE", ofAccount + "/{accountId}", 200, ofAccount + "/acme", ""),
        keyed("PUT", member, 200, "/api/accounts/acme/members/ada", ""),
        keyed("DELETE", member, 200, "/api/accounts/acme/members/ada", ""),
        operator("GET", "/api/admin/flags", 200, "/api/admin/flags", ""),
        operator("GET", "/api/admin/flags/{key}", 200, "/api/admin/flags/beta", ""),
        operator("PUT", "/api/admin/flags/{key}", 200, "/api/admin/flags/beta", "{}"),
        operator("DELETE", "/api/admin/flags/{key}", 200, "/api/admin/flags/beta", ""),
        operator("GET", "/api/admin/segments", 200, "/api/admin/segments", ""),
        operator("GET", "/api/admin/segments/{key}", 200, "/api/admin/segments/beta", ""),
        operator("PUT", "/api/admin/segments/{key}", 200, "/api/admin/segments/beta", "{}"),
        operator("DELETE", "/api/admin/segments/{key}", 200, "/api/admin/segments/beta", ""),
        operator("GET", "/api/admin/holdouts", 200, "/api/admin/holdouts", ""),
        operator("GET", "/api/admin/holdouts/{key}", 200, "/api/admin/holdouts/beta", ""),
        operator("PUT", "/api/admin/holdouts/{key}", 200, "/api/admin/holdouts/beta", "{}"),
        operator("DELETE", "/api/admin/holdouts/{key}", 200, "/api/admin/holdouts/beta", ""),
        operator(
            "GET", "/api/admin/flags/{key}/schedule", 200, "/api/admin/flags/beta/schedule", ""),
        operator(
            "PUT", "/api/admin/flags/{key}/schedule", 200, "/api/admin/flags/beta/schedule", "[]"),
        operator(
            "DELETE", "/api/admin/flags/{key}/schedule", 200, "/api/admin/flags/beta/schedule", ""),
        operator("GET", definitions, 200, definitions, ""),
        operator("POST", definitions, 200, definitions + "?dry_run=true", "{}"),
        operator("POST", definitions, 400, definitions + "?dry_run=yes", "{}"),
        operator("GET", "/api/admin/audit", 200, "/api/admin/audit?kind=flag&limit=1", ""),
        operator("GET", "/api/admin/audit", 400, "/api/admin/audit?limit=0", ""),
        operator("GET", FLAG_REPORT, 200, FLAG_REPORT, ""),
        operator("POST", EVALUATE, 200, EVALUATE, "{\"flag\":\"export\",\"user_id\":\"ada\"}"),
        operator("POST", EVALUATE, 200, EVALUATE, "{\"flag\":\"export\",\"at\":1500}"),
        operator("POST", EVALUATE, 400, EVALUATE, "{\"flags\":1}"),
        new Exchange("GET", "/eventbus/info", 200, OPEN.get("/eventbus/info")),
        new Exchange("GET", "/", 302, OPEN.get("/")),
        new Exchange("GET", "/demo", 302, OPEN.get("/demo")),
        new Exchange("GET", "/demo/{file}", 404, OPEN.get("/demo/no-such-file.js")),
        new Exchange(
            "POST",
            "/demo/api/upgrade",
            200,
            OPEN.post("/demo/api/upgrade", "{\"user_id\":\"ada\"}")),
        new Exchange("POST", "/demo/api/upgrade", 400, OPEN.post("/demo/api/upgrade", "[]")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("exchanges")
  void every_answer_carries_exactly_what_the_document_says(Exchange exchange) {
    Response answer = exchange.call().send();
    assertThat(answer.status()).isEqualTo(exchange.status());
    JsonObject documented =
        DOCUMENT.response(exchange.method(), exchange.template(), answer.status());
    for (String header : documented.getJsonObject("headers", new JsonObject()).fieldNames()) {
      JsonObject description =
          DOCUMENT.resolve(documented.getJsonObject("headers").getJsonObject(header));
      assertThat(answer.header(header)).as(header).isNotNull();
      Object constant = description.getJsonObject("schema").getValue("const");
      assertThat(constant == null || constant.equals(answer.header(header))).as(header).isTrue();
    }
    JsonObject content = documented.getJsonObject("content");
    if (content != null) {
      String type =
          String.valueOf(answer.header("Content-Type")).split(";", 2)[0].toLowerCase(Locale.ROOT);
      assertThat(content.fieldNames()).contains(type);
      if (type.equals("text/event-stream")) {
        return;
      }
      assertThat(
              DOCUMENT.complaints(
                  answer.json(), content.getJsonObject(type).getJsonObject("schema")))
          .isEmpty();
    }
  }

  @Test
  void every_documented_success_is_tried() {
    Set<String> tried = new TreeSet<>();
    exchanges()
        .filter(exchange -> exchange.status() < 400)
        .forEach(exchange -> tried.add(exchange.method() + " " + exchange.template()));
    Set<String> documented = new TreeSet<>();
    JsonObject paths = DOCUMENT.root().getJsonObject("paths");
    for (String path : paths.fieldNames()) {
      paths
          .getJsonObject(path)
          .fieldNames()
          .forEach(method -> documented.add(method.toUpperCase(Locale.ROOT) + " " + path));
    }
    // A handshake, the document itself and the demo's files, which another module packs; the
    // script and its parts.
    documented.removeAll(
        Set.of(
            "GET /eventbus/websocket",
            "GET /openapi.yaml",
            "GET /demo/{file}",
            "GET /sdk/growthbus.js",
            "GET /sdk/growthbus-flags.js",
            "GET /sdk/growthbus-live.js"));
    assertThat(tried).isEqualTo(documented);
  }

  @Test
  void a_pause_is_documented_wherever_a_room_is_asked() {
    RoomException later = new RoomException(ErrorKind.UNAVAILABLE, "store_unavailable", "Later.");
    try (EdgeNode node = new EdgeNode(EdgeNode.KEYED)) {
      node.rooms.refuse(Channels.RECORD_EVENTS, later);
      Response answer = node.post("/api/telemetry/ingest", "[]").bearer(EdgeNode.SK).send();
      JsonObject documented = DOCUMENT.response("POST", "/api/telemetry/ingest", 503);
      assertThat(answer.status()).isEqualTo(503);
      assertThat(documented.getJsonObject("headers").fieldNames()).contains("Retry-After");
      assertThat(
              DOCUMENT.complaints(
                  answer.json(),
                  documented
                      .getJsonObject("content")
                      .getJsonObject("application/problem+json")
                      .getJsonObject("schema")))
          .isEmpty();
    }
  }
}
