package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command that starts several nodes on loopback, on one embedded database. */
class LocalClusterIT {
  @TempDir Path folder;

  @Test
  void a_prompt_raised_through_the_first_node_reaches_a_page_on_the_third() {
    // The members' ports follow each other, so a run of three free ones is needed.
    int port = Ports.free(1).get(0);
    Map<String, String> environment =
        Map.of(
            "GROWTHBUS_CONF", "../conf",
            "GROWTHBUS_DATA_DIR", folder.resolve("data").toString(),
            "GROWTHBUS_HTTP_PORT", "0",
            "GROWTHBUS_OPS_PORT", "0",
            "GROWTHBUS_CLUSTER_PORT", String.valueOf(port));
    try (NodeProcess cluster = NodeProcess.launch(environment, "cluster", "3")) {
      cluster.awaitLine("3 nodes are ready.*");
      List<String> apps =
          cluster
              .output()
              .lines()
              .filter(line -> line.matches("\\[\\d] {3}app .*"))
              .map(line -> line.substring(line.indexOf("http")))
              .toList();
      assertThat(apps).hasSize(3);

      try (Page page = Page.open(apps.get(2), "ada")) {
        Http.json(apps.get(0) + "/api/telemetry/ingest", Events.projectsCreated("ada", 3));
        Await.until("the prompt arrives", Duration.ofSeconds(10), () -> !page.prompts().isEmpty());
      }
      assertThat(cluster.stop()).isZero();
    }
  }
}
