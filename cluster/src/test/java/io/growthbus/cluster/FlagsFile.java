package io.growthbus.cluster;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A folder of configuration: the shipped {@code growth.json} with other flags. */
final class FlagsFile {
  private final Path folder;

  FlagsFile(Path folder) {
    this.folder = folder;
  }

  /** Puts these flags in the place of those before, as editors do: by a whole new file. */
  FlagsFile write(JsonObject flags) {
    try {
      JsonObject growth =
          new JsonObject(Files.readString(Path.of("../conf/growth.json"))).put("flags", flags);
      Path next = Files.writeString(folder.resolve("growth.json.new"), growth.encode());
      Files.move(next, folder.resolve("growth.json"), StandardCopyOption.ATOMIC_MOVE);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What GROWTHBUS_CONF is set to. */
  String folder() {
    return folder.toString();
  }
}
