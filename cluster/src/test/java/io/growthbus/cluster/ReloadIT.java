package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.CapturedLog;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator edits {@code growth.json} while the node runs. */
class ReloadIT {
  private static final Duration SOON = Duration.ofSeconds(15);

  @TempDir Path conf;

  private Node start() throws IOException {
    Files.copy(Path.of("../conf/growth.json"), conf.resolve("growth.json"));
    return TestNodes.start(
        TestNodes.environment(TestPostgres.freshDatabase(), "GROWTHBUS_CONF", conf.toString()));
  }

  @Test
  void a_changed_flag_and_a_changed_rule_hold_at_once_and_every_open_page_is_told()
      throws IOException {
    try (Node node = start();
        Page page = Page.open(TestNodes.app(node), "ada")) {
      String app = TestNodes.app(node);
      edit(
          "\"rollout_percentage\": 50",
          "\"rollout_percentage\": 75",
          "\"threshold\": 3",
          "\"threshold\": 1");

      Await.until("the page is told", SOON, () -> !page.received("public.flags").isEmpty());
      JsonObject definitions = Http.json(app + "/api/flags/definitions");
      assertThat(page.received("public.flags").get(0).getLong("revision"))
          .isEqualTo(definitions.getLong("version"))
          .isEqualTo(2);
      assertThat(rollout(app)).isEqualTo(75);

      Http.json(app + "/api/telemetry/ingest", Events.projectsCreated("ada", 1));
      Await.until("one project is enough now", SOON, () -> !page.prompts().isEmpty());
      assertThat(page.prompts().get(0).getLong("threshold")).isEqualTo(1);
    }
  }

  @Test
  void a_bad_file_is_reported_and_changes_nothing_and_the_next_good_one_is_taken()
      throws IOException {
    try (CapturedLog log = CapturedLog.of(GrowthFile.class);
        Node node = start()) {
      String app = TestNodes.app(node);
      edit("\"rollout_percentage\": 50", "\"rollout_percentage\": 500");

      Await.until("it is reported", SOON, () -> reported(log));
      assertThat(rollout(app)).isEqualTo(50);
      assertThat(Http.json(app + "/api/flags/definitions").getLong("version")).isEqualTo(1);

      edit("\"rollout_percentage\": 500", "\"rollout_percentage\": 60");
      Await.until("the good file is in force", SOON, () -> rollout(app) == 60);
    }
  }

  private static boolean reported(CapturedLog log) {
    return log.entries().stream()
        .anyMatch(line -> line.text().contains("/flags/definitions/0/rollout_percentage"));
  }

  private void edit(String... whatAndWith) throws IOException {
    Path file = conf.resolve("growth.json");
    String text = Files.readString(file);
    for (int i = 0; i < whatAndWith.length; i += 2) {
      assertThat(text).contains(whatAndWith[i]);
      text = text.replace(whatAndWith[i], whatAndWith[i + 1]);
    }
    // As editors do: a whole new file takes the place of the old one.
    Path next = Files.writeString(conf.resolve("growth.json.new"), text);
    Files.move(next, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  private static int rollout(String app) {
    return Http.json(app + "/api/flags/definitions").getJsonArray("flags").stream()
        .map(JsonObject.class::cast)
        .filter(flag -> flag.getString("key").equals("growth_upgrade_prompt"))
        .findFirst()
        .orElseThrow()
        .getInteger("rollout_percentage");
  }
}
