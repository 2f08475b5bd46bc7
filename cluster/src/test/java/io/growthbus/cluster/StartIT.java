package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.TestPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts that work, starts that are refused, and what an operator is told. */
class StartIT {
  @TempDir Path folder;

  private Map<String, String> embedded() {
    return new HashMap<>(
        Map.of(
            "GROWTHBUS_CONF", "../conf",
            "GROWTHBUS_DATA_DIR", folder.resolve("data").toString(),
            "GROWTHBUS_HTTP_PORT", "0",
            "GROWTHBUS_OPS_PORT", "0",
            "GROWTHBUS_HTTP_DRAIN_DELAY", "0ms"));
  }

  @Test
  void what_a_killed_node_left_behind_is_recovered_and_its_data_is_there() throws IOException {
    NodeProcess first = NodeProcess.run(embedded());
    Http.json(first.app() + "/api/telemetry/ingest", Events.projectsCreated("ada", 2));
    first.kill();
    assertThat(folder.resolve("data/postgres/postmaster.pid")).exists();

    try (NodeProcess second = NodeProcess.run(embedded())) {
      assertThat(Http.json(second.app() + "/api/admin/events?user_id=ada").getJsonArray("items"))
          .hasSize(2);
      assertThat(second.stop()).isZero();
    }
    assertThat(folder.resolve("data/postgres/postmaster.pid")).doesNotExist();
  }

  @Test
  void a_pid_file_that_names_another_program_is_no_obstacle() throws IOException {
    NodeProcess first = NodeProcess.run(embedded());
    assertThat(first.stop()).isZero();
    // The number of a living process that is no PostgreSQL, as after a restart of the machine.
    Path pidFile = folder.resolve("data/postgres/postmaster.pid");
    Files.writeString(
        pidFile, ProcessHandle.current().pid() + "\n" + pidFile.getParent() + "\n0\n5432\n");

    try (NodeProcess second = NodeProcess.run(embedded())) {
      assertThat(second.stop()).isZero();
    }
  }

  @Test
  void a_data_directory_serves_one_node_at_a_time() {
    try (NodeProcess first = NodeProcess.run(embedded());
        NodeProcess second = NodeProcess.launch(embedded(), "run")) {
      assertThat(second.exitCode()).isEqualTo(3);
      assertThat(second.output()).contains("is in use by another node").doesNotContain("\tat ");
      assertThat(Http.json(first.ops() + "/health/ready").getString("status")).isEqualTo("UP");
    }
  }

  @Test
  void every_taken_port_is_named_at_once_and_nothing_is_left_running() throws IOException {
    try (ServerSocket http = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket ops = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Map<String, String> environment = embedded();
      environment.put("GROWTHBUS_HTTP_PORT", String.valueOf(http.getLocalPort()));
      environment.put("GROWTHBUS_OPS_PORT", String.valueOf(ops.getLocalPort()));

      NodeProcess node = NodeProcess.launch(environment, "run");

      assertThat(node.exitCode()).isEqualTo(3);
      assertThat(node.output())
          .contains("Port " + http.getLocalPort(), "GROWTHBUS_HTTP_PORT")
          .contains("Port " + ops.getLocalPort(), "GROWTHBUS_OPS_PORT")
          .doesNotContain("\tat ");
      assertThat(folder.resolve("data")).doesNotExist();
    }
  }

  @Test
  void a_database_that_does_not_answer_is_one_clear_message() {
    Map<String, String> environment = embedded();
    environment.put(
        "GROWTHBUS_PG_URI", "postgresql://ada:s3cret@127.0.0.1:" + Ports.free(1).get(0) + "/none");

    NodeProcess node = NodeProcess.launch(environment, "run");

    assertThat(node.exitCode()).isEqualTo(3);
    assertThat(node.output())
        .contains("PostgreSQL at 127.0.0.1", "GROWTHBUS_PG_URI")
        .doesNotContain("s3cret")
        .doesNotContain("\tat ");
  }

  @Test
  void a_wrong_configuration_is_refused_with_every_problem_at_once() throws IOException {
    Path conf = Files.createDirectories(folder.resolve("conf"));
    Files.writeString(conf.resolve("node.properties"), "http.prot=80\npg.pool.size=0\n");
    Files.writeString(
        conf.resolve("growth.json"),
        "{\"activation\":{\"rules\":[{\"key\":\"r\",\"meter\":\"nothing\",\"threshold\":0}]}}");
    Map<String, String> environment = embedded();
    environment.put("GROWTHBUS_CONF", conf.toString());
    environment.put("GROWTHBUS_HTTP_HOST", "0.0.0.0");

    NodeProcess node = NodeProcess.launch(environment, "run");

    assertThat(node.exitCode()).isEqualTo(2);
    assertThat(node.output())
        .contains("http.prot", "did you mean \"http.port\"")
        .contains("pg.pool.size")
        .contains("/activation/rules/0/meter", "/activation/rules/0/threshold")
        .contains("http.host", "GROWTHBUS_SECRET_KEY")
        .doesNotContain("\tat ");
  }

  @Test
  void lint_finds_the_same_problems_without_starting_and_exits_with_1() throws IOException {
    Path conf = Files.createDirectories(folder.resolve("conf"));
    Files.writeString(conf.resolve("growth.json"), "{\"telemetry\":{\"batch_size\":0}}");

    NodeProcess bad = NodeProcess.launch(Map.of(), "lint", conf.toString());
    NodeProcess good = NodeProcess.launch(Map.of(), "lint", "../conf");

    assertThat(bad.exitCode()).isEqualTo(1);
    assertThat(bad.output().lines().toList())
        .singleElement()
        .asString()
        .startsWith("error: growth.json /telemetry/batch_size");
    assertThat(good.exitCode()).isZero();
  }

  @Test
  void keys_without_a_token_secret_are_refused() {
    Map<String, String> environment = embedded();
    environment.put("GROWTHBUS_SECRET_KEY", "sk_0123456789");

    NodeProcess node = NodeProcess.launch(environment, "run");

    assertThat(node.exitCode()).isEqualTo(2);
    assertThat(node.output())
        .contains("GROWTHBUS_TOKEN_SECRET", "GROWTHBUS_PUBLISHABLE_KEY", "GROWTHBUS_ADMIN_KEY")
        .doesNotContain("sk_0123456789");
  }

  @Test
  void an_unknown_command_is_bad_usage() {
    NodeProcess node = NodeProcess.launch(Map.of(), "dance");

    assertThat(node.exitCode()).isEqualTo(2);
    assertThat(node.output()).contains("dance");
  }

  @Test
  void a_database_of_ones_own_replaces_the_embedded_one() {
    Map<String, String> environment = embedded();
    environment.putAll(
        TestNodes.environment(
            TestPostgres.freshDatabase(), "GROWTHBUS_DATA_DIR", folder.resolve("data").toString()));

    try (NodeProcess node = NodeProcess.run(environment)) {
      assertThat(node.output()).contains("database  PostgreSQL at GROWTHBUS_PG_URI");
      assertThat(node.stop()).isZero();
      assertThat(folder.resolve("data")).isDirectoryNotContaining("glob:**postgres");
      assertThat(folder.resolve("data/flags-last-good.json")).isRegularFile();
    }
  }
}
