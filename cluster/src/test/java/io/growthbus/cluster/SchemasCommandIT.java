package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.TestPostgres;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Contracts on two nodes, and the client code that the command makes of them. */
class SchemasCommandIT {
  private static final String SCHEMA =
      """
      {"version":"1.0.0","schema":{"type":"object","required":["total"],
       "properties":{"total":{"type":"number"},"currency":{"enum":["EUR","USD"]}}}}
      """;
  private static final String ADMIN = "ak_0123456789abcdef";

  private static Node one;
  private static Node other;

  @TempDir Path folder;

  @BeforeAll
  static void startBoth() {
    List<Integer> ports = Ports.free(2);
    String members = "127.0.0.1:" + ports.get(0) + ",127.0.0.1:" + ports.get(1);
    var database = TestPostgres.freshDatabase();
    one = start(TestNodes.environment(database), members, ports.get(0));
    other = start(TestNodes.environment(database), members, ports.get(1));
  }

  private static Node start(Map<String, String> environment, String members, int port) {
    environment.put("GROWTHBUS_CLUSTER_MEMBERS", members);
    environment.put("GROWTHBUS_CLUSTER_PORT", String.valueOf(port));
    environment.put("GROWTHBUS_PUBLISHABLE_KEY", "pk_0123456789abcdef");
    environment.put("GROWTHBUS_SECRET_KEY", "sk_0123456789abcdef");
    environment.put("GROWTHBUS_ADMIN_KEY", ADMIN);
    environment.put("GROWTHBUS_TOKEN_SECRET", "0123456789abcdef0123456789abcdef");
    return TestNodes.start(environment);
  }

  @AfterAll
  static void stopBoth() {
    other.close();
    one.close();
  }

  /** What a command printed and how it ended. */
  private record Result(int code, String out, String err) {}

  private static Result run(Map<String, String> environment, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine(environment).setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int code =
        command.execute(
            Stream.concat(Stream.of("schemas"), Stream.of(arguments)).toArray(String[]::new));
    return new Result(code, out.toString(), err.toString());
  }

  private static HttpResponse<String> publish(String event) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(TestNodes.app(one) + "/api/admin/schemas/" + event))
                .header("Authorization", "Bearer " + ADMIN)
                .PUT(BodyPublishers.ofString(SCHEMA))
                .build(),
            BodyHandlers.ofString());
  }

  @Test
  void a_published_contract_is_run_by_both_nodes_when_the_answer_comes() throws Exception {
    HttpResponse<String> answer = publish("purchase_made");

    assertThat(answer.statusCode()).isEqualTo(200);
    JsonObject body = new JsonObject(answer.body());
    assertThat(body.getJsonArray("nodes")).hasSize(2);
    assertThat(body.getJsonArray("pending")).isEmpty();
    assertThat(
            Http.json(
                    TestNodes.app(other) + "/api/admin/schemas/purchase_made",
                    "Authorization",
                    "Bearer " + ADMIN)
                .getJsonArray("schemas"))
        .hasSize(1);
  }

  @Test
  void the_declarations_of_a_node_compile_in_strict_mode_and_refuse_a_wrong_type()
      throws Exception {
    assertThat(publish("order_placed").statusCode()).isEqualTo(200);
    Path file = folder.resolve("growth-events.ts");

    Result result =
        run(
            Map.of("GROWTHBUS_ADMIN_KEY", ADMIN),
            "--typescript",
            "--url",
            TestNodes.app(other) + "/",
            "--out",
            file.toString());

    assertThat(result).isEqualTo(new Result(0, "", ""));
    assertThat(Files.readString(file)).contains("\"order_placed\"", "\"api_call\"");
    assertThat(compile("{ total: 1.5, currency: 'EUR' }")).isEmpty();
    assertThat(compile("{ total: 'much' }")).contains("error TS2322");
    assertThat(compile("{}")).contains("error TS2741");
  }

  /** What the compiler complains about in a module that uses the declarations. */
  private String compile(String properties) throws IOException, InterruptedException {
    Files.writeString(
        folder.resolve("use.ts"),
        "import type { GrowthEvents } from './growth-events';\n"
            + "export const order: GrowthEvents['order_placed'] = "
            + properties
            + ";\n");
    Process compiler =
        new ProcessBuilder(
                "node",
                Path.of("../browser/node_modules/typescript/bin/tsc").toAbsolutePath().toString(),
                "--strict",
                "--noEmit",
                "--exactOptionalPropertyTypes",
                "--noUncheckedIndexedAccess",
                "use.ts")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    compiler.waitFor();
    return said;
  }

  @Test
  void a_missing_or_wrong_key_is_bad_usage_and_not_repeated() {
    for (String[] key : new String[][] {{}, {"--key", "ak_wrong"}}) {
      Result result =
          run(
              Map.of(),
              Stream.concat(Stream.of("--typescript", "--url", TestNodes.app(one)), Stream.of(key))
                  .toArray(String[]::new));

      assertThat(result.code()).isEqualTo(2);
      assertThat(result.out()).isEmpty();
      assertThat(result.err()).contains("GROWTHBUS_ADMIN_KEY").doesNotContain("ak_wrong");
    }
  }

  @Test
  void a_given_address_where_nobody_answers_is_no_start() {
    String nowhere = "http://127.0.0.1:" + Ports.free(1).get(0);

    Result result = run(Map.of("GROWTHBUS_CONF", "../conf"), "--typescript", "--url", nowhere);

    assertThat(result.code()).isEqualTo(3);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines()).hasSize(1);
  }

  @Test
  void without_a_node_at_the_usual_address_the_file_is_read_and_that_is_said() {
    String nowhere = "http://127.0.0.1:" + Ports.free(1).get(0);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();

    int code =
        new CommandLine(new SchemasCommand(Map.of("GROWTHBUS_CONF", "../conf"), nowhere))
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute("--typescript");

    assertThat(code).isZero();
    assertThat(out.toString()).contains("export interface GrowthEvents", "\"project_created\"");
    assertThat(err.toString()).contains("No node answers", "growth.json");
  }

  @Test
  void what_answers_without_contracts_is_told_apart_from_a_node() {
    Result result = run(Map.of(), "--typescript", "--url", one.opsUrl());

    assertThat(result.code()).isEqualTo(3);
    assertThat(result.err()).contains("status 404");
  }

  @Test
  void bad_usage_exits_with_2() {
    assertThat(run(Map.of()).code()).isEqualTo(2);
    assertThat(run(Map.of(), "--typescript", "--url", "no address").code()).isEqualTo(2);
    assertThat(run(Map.of(), "--typescript", "--url", "ftp://x").code()).isEqualTo(2);
    Path nowhere = folder.resolve("no/such/folder/x.ts");
    assertThat(
            run(
                    Map.of("GROWTHBUS_ADMIN_KEY", ADMIN),
                    "--typescript",
                    "--url",
                    TestNodes.app(one),
                    "--out",
                    nowhere.toString())
                .code())
        .isEqualTo(2);
  }
}
