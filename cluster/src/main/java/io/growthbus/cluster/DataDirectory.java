package io.growthbus.cluster;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The folder of the embedded database, held by one node at a time.
 *
 * <p>The lock belongs to the process: the system gives it up when the process ends, however it
 * ends, so that a kill leaves no stale lock.
 */
final class DataDirectory implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;

  private DataDirectory(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Creates the folder if needed and takes its lock.
   *
   * @throws StartException when it cannot be written or another node holds it
   */
  static DataDirectory open(Path path) {
    try {
      Files.createDirectories(path);
      FileChannel channel =
          FileChannel.open(
              path.resolve("node.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (tryLock(channel) == null) {
        channel.close();
        throw StartException.environment(
            "The data directory "
                + path
                + " is in use by another node; stop it, or set"
                + " GROWTHBUS_DATA_DIR to another folder.");
      }
      return new DataDirectory(path.toRealPath(), channel);
    } catch (IOException e) {
      throw StartException.environment(
          "The data directory "
              + path
              + " cannot be used ("
              + e.getMessage()
              + "); set"
              + " GROWTHBUS_DATA_DIR to a folder that this user may write.");
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  Path resolve(String name) {
    return path.resolve(name);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
