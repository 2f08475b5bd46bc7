package io.growthbus.bench.ingest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The data folder of a node with an embedded PostgreSQL, until it is closed. A node that had to be
 * killed leaves its database running; that is ended with the folder.
 *
 * @param path of the folder, made by the node
 */
public record DataFolder(Path path) implements AutoCloseable {
  private static final int PORT_LINE = 3;

  /** The first process of the database, if it runs. */
  public Optional<ProcessHandle> postmaster() {
    return line(0)
        .map(Long::parseLong)
        .flatMap(ProcessHandle::of)
        .filter(process -> process.info().command().orElse("").endsWith("postgres"));
  }

  /** Host and port of the database, if it runs. */
  public Optional<String> address() {
    return line(PORT_LINE).map(port -> "127.0.0.1:" + port);
  }

  /** Kind of the file system on which the data lies. */
  public String fileSystem() throws IOException {
    return Files.getFileStore(path).type();
  }

  /** Deletes it with all that is in it. */
  public void delete() throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> all = Files.walk(path)) {
      deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : deepestFirst) {
      Files.deleteIfExists(each);
    }
  }

  /** Ends the database if it still runs, and deletes the folder. */
  @Override
  public void close() {
    postmaster().ifPresent(DataFolder::stopDatabase);
    try {
      delete();
    } catch (IOException e) {
      System.err.println("The data in " + path + " could not be deleted: " + e.getMessage());
    }
  }

  /** Sends a signal, such as {@code -STOP}, to a process if it still runs. */
  static void signal(String signal, ProcessHandle process) {
    if (!process.isAlive()) {
      return;
    }
    try {
      new ProcessBuilder("kill", signal, String.valueOf(process.pid())).start().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException("process " + process.pid() + " hears no signal", e);
    }
  }

  private Optional<String> line(int number) {
    try (Stream<String> lines = Files.lines(path.resolve("postgres").resolve("postmaster.pid"))) {
      return lines.skip(number).findFirst().map(String::strip);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static void stopDatabase(ProcessHandle postmaster) {
    // SIGINT is its fast shutdown; SIGTERM would wait for every client to leave.
    signal("-INT", postmaster);
    try {
      postmaster.onExit().get(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      System.err.println("PostgreSQL, process " + postmaster.pid() + ", does not stop");
    }
  }
}
