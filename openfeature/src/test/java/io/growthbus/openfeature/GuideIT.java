package io.growthbus.openfeature;

import static org.assertj.core.api.Assertions.assertThat;

import dev.openfeature.sdk.OpenFeatureAPI;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.FakeFlagsRoom;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The code in the guide is code that is compiled and works. */
class GuideIT {
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void stop() {
    OpenFeatureAPI.getInstance().shutdown();
    Await.result(vertx.close());
  }

  private static String withoutIndentation(String code) {
    return code.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n"));
  }

  @Test
  void every_piece_of_code_in_the_guide_is_in_the_example() throws IOException {
    String guide = Files.readString(Path.of("../docs/openfeature.md"));
    String example =
        withoutIndentation(
            Files.readString(Path.of("src/test/java/io/growthbus/openfeature/GuideExample.java")));

    assertThat(JAVA.matcher(guide).results().map(block -> withoutIndentation(block.group(1))))
        .hasSize(2)
        .allSatisfy(block -> assertThat(example).contains(block));
  }

  @Test
  void the_example_does_what_the_guide_says() {
    FakeFlagsRoom room = new FakeFlagsRoom(Bus.of(vertx), Map.of("usage", Map.of("api_calls", 45)));
    room.put(
        1,
        GrowthConfigReader.read(
                """
                {"flags": {"definitions": [
                  {"key": "advanced_export", "enabled": true, "rollout_percentage": 0, "bucketing": "murmur3",
                   "rules": [{"key": "german", "if": [{"attribute": "country", "values": ["DE"]}]}]},
                  {"key": "page_title", "enabled": true, "rollout_percentage": 100, "bucketing": "murmur3",
                   "variants": {"short": "Hello", "long": "Good day"}, "on": "short", "off": "long"},
                  {"key": "near_the_limit", "enabled": true, "rollout_percentage": 0, "bucketing": "murmur3",
                   "rules": [{"key": "near", "if": [
                     {"attribute": "usage.api_calls", "operator": "gte", "values": [40]}]}]}
                ]}}
                """,
                new Problems())
            .flags());

    assertThat(GuideExample.pageTitle(vertx)).isEqualTo("Hello and export");
    assertThat(Await.result(GuideExample.nearTheLimit(vertx))).isTrue();
  }
}
