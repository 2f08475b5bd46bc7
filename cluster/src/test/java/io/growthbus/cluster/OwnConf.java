package io.growthbus.cluster;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A copy of the shipped configuration that a test may change.
 *
 * @param folder where it is
 */
record OwnConf(Path folder) {

  /** Copies the shipped one into a folder that is made. */
  static OwnConf copy(Path folder) throws IOException {
    Files.createDirectories(folder);
    try (Stream<Path> files = Files.list(Path.of("../conf"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    return new OwnConf(folder);
  }

  /** Changes {@code growth.json}. */
  void change(Consumer<JsonObject> change) throws IOException {
    Path file = folder.resolve("growth.json");
    JsonObject growth = new JsonObject(Files.readString(file));
    change.accept(growth);
    Files.writeString(file, growth.encodePrettily());
  }
}
