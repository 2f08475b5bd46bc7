package io.growthbus.cluster;

import io.growthbus.activation.ActivationSettings;
import io.growthbus.edge.EdgeSettings;
import io.growthbus.entitlements.EntitlementsSettings;
import io.growthbus.flags.FlagsSettings;
import io.growthbus.ingest.IngestSettings;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Settings;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * Everything that an operator has set, read and checked as a whole before anything starts.
 *
 * @param declared all settings that exist, in the order of their reading
 * @param warnings what is doubtful but does not prevent a start
 */
record NodeConfig(
    NodeSettings node,
    PostgresSettings postgres,
    IngestSettings ingest,
    FlagsSettings flags,
    EntitlementsSettings entitlements,
    ActivationSettings activation,
    EdgeSettings edge,
    GrowthConfig growth,
    List<Settings.Declared> declared,
    List<String> warnings) {

  static final String GROWTH_FILE = "growth.json";

  /**
   * Reads a configuration folder and the environment.
   *
   * @throws StartException with every problem at once
   */
  static NodeConfig load(Map<String, String> environment) {
    Problems problems = new Problems();
    NodeConfig config = read(environment, problems);
    if (!problems.isEmpty()) {
      throw StartException.configuration(problems.errors());
    }
    return config;
  }

  /** Every setting that exists, in the order of their reading. */
  static List<Settings.Declared> declaredSettings() {
    return read(Map.of(), new Problems()).declared();
  }

  /** As {@link #load} with the problems noted instead of thrown. */
  static NodeConfig read(Map<String, String> environment, Problems problems) {
    Path conf = Path.of(environment.getOrDefault(Settings.environmentName("conf"), "./conf"));
    Settings settings =
        new Settings(properties(conf.resolve("node.properties"), problems), environment, problems);
    NodeSettings node = NodeSettings.from(settings);
    PostgresSettings postgres = PostgresSettings.from(settings);
    IngestSettings ingest = IngestSettings.from(settings);
    FlagsSettings flags = FlagsSettings.from(settings);
    EntitlementsSettings entitlements = EntitlementsSettings.from(settings);
    ActivationSettings activation = ActivationSettings.from(settings);
    EdgeSettings edge = EdgeSettings.from(settings);
    edge.check(problems);
    settings.checkUnknown();
    return new NodeConfig(
        node,
        postgres,
        ingest,
        flags,
        entitlements,
        activation,
        edge,
        GrowthConfigReader.read(text(conf.resolve(GROWTH_FILE), problems), problems),
        List.copyOf(settings.declared()),
        problems.warnings());
  }

  private static Properties properties(Path file, Problems problems) {
    Properties properties = new Properties();
    if (Files.exists(file)) {
      try (Reader reader = Files.newBufferedReader(file)) {
        properties.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        problems.error(file.toString(), "cannot be read: " + e.getMessage());
      }
    }
    return properties;
  }

  private static String text(Path file, Problems problems) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      problems.error(
          file.toString(),
          "cannot be read; GROWTHBUS_CONF must name a folder that holds " + GROWTH_FILE);
      return "{}";
    }
  }
}
