package io.growthbus.flags;

import io.growthbus.flags.LastGoodFormat.LastGood;
import io.growthbus.shared.flags.FlagSnapshot;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The flags that PostgreSQL gave last, in a file that only the owner of the process may read. It is
 * replaced as a whole and reaches the disk before it does, so that a crash at any moment leaves the
 * former one or the new one.
 *
 * <p>Nothing waits for it: what cannot be written is said once and tried again with the next
 * revision. Lives on one event loop; not thread-safe.
 */
final class LastGoodFile {
  private static final Logger LOG = LoggerFactory.getLogger(LastGoodFile.class);
  private static final Duration GATHER = Duration.ofSeconds(1);
  private static final Duration ABANDONED = Duration.ofMinutes(1);
  private static final long LARGEST = 64L << 20;
  private static final String BESIDE = ".new";

  private final Vertx vertx;
  private final LastGoodPlace place;
  private final InstantSource clock;
  private @Nullable FlagSnapshot latest;
  private @Nullable FlagSnapshot written;
  private long timer = -1;

  LastGoodFile(Vertx vertx, LastGoodPlace place, InstantSource clock) {
    this.vertx = vertx;
    this.place = place;
    this.clock = clock;
  }

  /** What the file says; empty, after a line in the log, when it is not there or not good. */
  Future<Optional<LastGood>> read() {
    return vertx.executeBlocking(() -> read(place));
  }

  /** What a file says; empty, after a line in the log, when it is not there or not good. Blocks. */
  static Optional<LastGood> read(LastGoodPlace place) {
    if (!place.isThere()) {
      return Optional.empty();
    }
    try {
      if (Files.size(place.file()) > LARGEST) {
        throw new IllegalArgumentException("it is too large");
      }
      return Optional.of(LastGoodFormat.read(Files.readString(place.file()), place.database()));
    } catch (IOException | IllegalArgumentException e) {
      String why = e instanceof IOException ? "it cannot be read as text" : e.getMessage();
      LOG.warn("the last-good flags in {} are ignored: {}", place.file(), why);
      return Optional.empty();
    }
  }

  /** Writes these flags soon, or later ones that come until then. */
  void remember(FlagSnapshot snapshot) {
    latest = snapshot;
    if (timer < 0) {
      timer = vertx.setTimer(GATHER.toMillis(), due -> flush());
    }
  }

  /**
   * Writes now what is to be written.
   *
   * @return whether the file says what was remembered last; never fails
   */
  Future<Boolean> flush() {
    vertx.cancelTimer(timer);
    timer = -1;
    FlagSnapshot snapshot = latest;
    if (snapshot == null || snapshot == written) {
      return Future.succeededFuture(true);
    }
    Instant now = clock.instant();
    return vertx
        .<Boolean>executeBlocking(
            () -> {
              replace(place.file(), LastGoodFormat.text(snapshot, place.database(), now));
              return true;
            })
        .onSuccess(done -> written = snapshot)
        .otherwise(
            failure -> {
              LOG.warn(
                  "the last-good flags cannot be written to {}: {}",
                  place.file(),
                  failure.toString());
              return false;
            });
  }

  /**
   * As {@link #flush}; when that is not possible, or nothing is remembered and the file is that of
   * an earlier process, the file goes, for it may name who was erased.
   */
  Future<Void> flushOrRemove() {
    Future<Boolean> flushed = latest == null ? Future.succeededFuture(false) : flush();
    return flushed
        .compose(
            done ->
                done
                    ? flushed
                    : vertx.<Boolean>executeBlocking(() -> Files.deleteIfExists(place.file())))
        .mapEmpty();
  }

  private static void replace(Path file, String text) throws IOException {
    Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
    Files.createDirectories(folder);
    // The system gives a temporary file to its owner alone.
    Path beside = Files.createTempFile(folder, file.getFileName() + ".", BESIDE);
    try {
      try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(beside);
    }
    try (FileChannel entries = FileChannel.open(folder, StandardOpenOption.READ)) {
      entries.force(true);
    } catch (IOException e) {
      LOG.debug("this system does not sync folders", e);
    }
    removeAbandoned(folder, file.getFileName() + ".*" + BESIDE);
  }

  /** What a process that was killed while it wrote has left; it may name who was erased since. */
  private static void removeAbandoned(Path folder, String pattern) throws IOException {
    long before = System.currentTimeMillis() - TimeUnit.SECONDS.toMillis(ABANDONED.toSeconds());
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, pattern)) {
      for (Path file : left) {
        if (Files.getLastModifiedTime(file).toMillis() < before) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
