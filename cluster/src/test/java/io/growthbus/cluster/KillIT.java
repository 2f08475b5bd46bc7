package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plug is pulled while events arrive; the oracle looks at what is left. */
class KillIT {
  private static final Pattern DATABASE =
      Pattern.compile("embedded PostgreSQL on (127\\.0\\.0\\.1:\\d+)");
  private static final int MORE = 1_000;

  @TempDir Path folder;
  private volatile String app = "";

  @Test
  void a_killed_node_and_a_killed_database_lose_no_acknowledged_event_and_count_none_twice()
      throws Exception {
    Map<String, String> environment =
        new HashMap<>(
            Map.of(
                "GROWTHBUS_CONF", "../conf",
                "GROWTHBUS_DATA_DIR", folder.resolve("data").toString(),
                "GROWTHBUS_HTTP_PORT", "0",
                "GROWTHBUS_OPS_PORT", "0"));
    NodeProcess node = NodeProcess.run(environment);
    app = node.app();
    try (Load load = Load.start(4, () -> app)) {
      for (boolean databaseToo : List.of(false, true)) {
        load.awaitMore(MORE);
        node.kill();
        if (databaseToo) {
          killDatabase();
        }
        node = NodeProcess.run(environment);
        app = node.app();
      }
      load.awaitMore(MORE);
      load.finish();

      assertThat(load.failures()).as("the plug was pulled under load").isNotEmpty();
      Matcher database = DATABASE.matcher(node.output());
      assertThat(database.find()).isTrue();
      new Oracle("jdbc:postgresql://" + database.group(1) + "/growthbus?user=postgres")
          .check(load.acknowledged());
      assertThat(node.stop()).isZero();
    } finally {
      node.close();
    }
  }

  private void killDatabase() throws Exception {
    Path pidFile = folder.resolve("data/postgres/postmaster.pid");
    long pid = Long.parseLong(Files.readAllLines(pidFile).get(0).strip());
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    Await.until(
        "the database is dead",
        Duration.ofSeconds(10),
        () -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
  }
}
