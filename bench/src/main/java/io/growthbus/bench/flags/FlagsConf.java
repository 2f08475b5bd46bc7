package io.growthbus.bench.flags;

import io.growthbus.shared.config.FlagForm;
import io.growthbus.shared.flags.Bucketing;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A configuration folder like the shipped one, but with the flags of the benchmark. */
final class FlagsConf {
  private static final Path SHIPPED = Path.of("conf");
  private static final String GROWTH = "growth.json";

  private FlagsConf() {}

  /** Writes it; answers its path. */
  static Path write(Path folder) throws IOException {
    Path conf = Files.createDirectories(folder.resolve("flags-conf")).toAbsolutePath();
    try (Stream<Path> files = Files.list(SHIPPED)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.write(conf.resolve(file.getFileName()), Files.readAllBytes(file));
      }
    }
    JsonObject growth = new JsonObject(Files.readString(SHIPPED.resolve(GROWTH)));
    JsonArray definitions = new JsonArray();
    BenchFlags.definitions(Bucketing.SEED)
        .forEach(flag -> definitions.add(new JsonObject(FlagForm.of(flag))));
    growth.getJsonObject("flags").put("definitions", definitions);
    Files.writeString(conf.resolve(GROWTH), growth.encodePrettily());
    return conf;
  }
}
