package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** One evaluation by the command, now and as of then. */
class EvalCommandIT {
  private static final String FLAGS =
      """
      {"flags": {"definitions": [{"key": "export", "enabled": %s, "rollout_percentage": 0,
        "rules": [{"key": "beta", "if": [{"attribute": "country", "values": ["NZ"]}]}]},
       {"key": "paid", "enabled": true, "rules": [{"key": "pro", "if": [{"attribute": "tier", "values": ["pro"]}]}]}]}}
      """;

  @TempDir static Path folder;
  private static Node node;

  @BeforeAll
  static void startTheNode() throws IOException {
    write("true");
    node =
        TestNodes.start(
            TestNodes.environment(
                TestPostgres.freshDatabase(), "GROWTHBUS_CONF", folder.toString()));
  }

  @AfterAll
  static void stopTheNode() {
    node.close();
  }

  private static void write(String enabled) throws IOException {
    Files.writeString(folder.resolve("growth.json"), FLAGS.formatted(enabled));
  }

  /** What a command printed and how it ended. */
  private record Result(int code, String out, String err) {}

  private static Result eval(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine(Map.of()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int code =
        command.execute(
            Stream.concat(Stream.of("eval", "--url", TestNodes.app(node)), Stream.of(arguments))
                .toArray(String[]::new));
    return new Result(code, out.toString(), err.toString());
  }

  @Test
  void a_flag_is_evaluated_now_and_as_it_was_before_it_was_changed() throws IOException {
    String[] question = {
      "--flag", "export", "--user", "ada", "--attributes", "{\"country\":\"NZ\"}"
    };
    Result before = eval(question);
    assertThat(before.code()).isZero();
    assertThat(before.out().lines())
        .containsExactly(
            "value      true",
            "variant    on",
            "reason     TARGETING_MATCH",
            "rule       beta",
            "revision   1");
    Instant then = Instant.now().truncatedTo(ChronoUnit.MILLIS);

    write("false");
    Await.until(
        "the file is followed",
        Duration.ofSeconds(20),
        () -> eval(question).out().contains("DISABLED"));

    Result past =
        eval(
            Stream.concat(Stream.of(question), Stream.of("--at", then.toString()))
                .toArray(String[]::new));
    assertThat(past.code()).isZero();
    assertThat(past.err()).isEmpty();
    assertThat(past.out().lines())
        .startsWith("value      true", "variant    on", "reason     TARGETING_MATCH")
        .contains("revision   1", "source     file")
        .anyMatch(line -> line.matches("in force   since 2\\S+ until 2\\S+"))
        .anyMatch(line -> line.matches("definition \\{\"key\":\"export\",\"enabled\":true.*"));
  }

  @Test
  void what_only_the_server_knew_then_is_asked_for() {
    Result result =
        eval("--flag", "paid", "--user", "ada", "--at", String.valueOf(System.currentTimeMillis()));

    assertThat(result.code()).isZero();
    assertThat(result.err()).contains("--attributes: tier");
  }

  @Test
  void an_unknown_flag_and_a_time_before_the_history_end_with_1() {
    Result unknown = eval("--flag", "exprot", "--user", "ada");
    Result then = eval("--flag", "export", "--user", "ada", "--at", "2020-01-01");

    assertThat(unknown)
        .isEqualTo(new Result(1, "", "There is no such flag." + System.lineSeparator()));
    assertThat(then.code()).isEqualTo(1);
    assertThat(then.err()).contains("the history begins at 2");
  }

  @Test
  void bad_usage_ends_with_2_and_says_what_to_write() {
    assertThat(eval("--flag", "export").code()).isEqualTo(2);
    Result time = eval("--flag", "export", "--user", "ada", "--at", "yesterday");
    assertThat(time.code()).isEqualTo(2);
    assertThat(time.err()).contains("2026-11-20T09:30:00Z");
    assertThat(eval("--flag", "export", "--user", "ada", "--attributes", "[]").code()).isEqualTo(2);
    assertThat(eval("--flag", "export", "--user", "ada", "--at", "2999-01-01").code()).isEqualTo(2);
  }

  @Test
  void without_a_node_it_ends_with_3() {
    StringWriter err = new StringWriter();
    int code =
        Main.commandLine(Map.of())
            .setErr(new PrintWriter(err))
            .execute(
                "eval",
                "--flag",
                "a",
                "--user",
                "u",
                "--url",
                "http://127.0.0.1:" + Ports.free(1).get(0));

    assertThat(code).isEqualTo(3);
    assertThat(err.toString()).contains("No node answers").doesNotContain("\tat ");
  }
}
