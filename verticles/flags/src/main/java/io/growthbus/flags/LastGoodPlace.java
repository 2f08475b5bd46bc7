package io.growthbus.flags;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a node keeps the flags that it read last, to start from while PostgreSQL is down.
 *
 * @param file the file; its folder is made when it is needed
 * @param database which database the flags are of, without credentials; a file of another one is
 *     ignored
 */
public record LastGoodPlace(Path file, String database) {
  /** Whether there is a file, good or not. */
  boolean isThere() {
    return Files.isRegularFile(file);
  }

  /** Whether a room can start from the file; when it is no good the log says why. Blocks. */
  public boolean isGood() {
    return LastGoodFile.read(this).isPresent();
  }
}
