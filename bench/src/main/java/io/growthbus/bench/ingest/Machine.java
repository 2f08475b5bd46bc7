package io.growthbus.bench.ingest;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** What the figures depend on beside the programs. */
public final class Machine {
  private static final double BUSY = 0.3;

  private Machine() {}

  /** Facts for the report. */
  public static JsonObject facts(Map<String, String> postgres, String fileSystem) {
    var system = ManagementFactory.getOperatingSystemMXBean();
    JsonObject settings = new JsonObject();
    postgres.forEach(settings::put);
    return new JsonObject()
        .put("cores", Runtime.getRuntime().availableProcessors())
        .put("processor", processor())
        .put("system", system.getName() + " " + system.getVersion() + " " + system.getArch())
        .put("jdk", System.getProperty("java.vm.version"))
        .put("load_average_at_start", system.getSystemLoadAverage())
        .put("data_on", fileSystem)
        .put("postgresql", settings);
  }

  public static void print(JsonObject facts) {
    System.out.printf(
        Locale.ROOT,
        "Machine: %d cores, %s, %s, JDK %s, data on %s%nPostgreSQL: %s%n",
        facts.getInteger("cores"),
        facts.getString("processor"),
        facts.getString("system"),
        facts.getString("jdk"),
        facts.getString("data_on"),
        facts.getJsonObject("postgresql").getMap());
    if (facts.getDouble("load_average_at_start") > BUSY) {
      System.out.printf(
          Locale.ROOT,
          "WARNING: the load average is %.1f; on a machine that is not quiet the figures mean little.%n",
          facts.getDouble("load_average_at_start"));
    }
    if (facts.getString("data_on").equals("tmpfs")) {
      System.out.println("WARNING: the data lies in memory, so that nothing of this is durable.");
    }
  }

  private static String processor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown processor");
    } catch (IOException e) {
      return "unknown processor";
    }
  }
}
