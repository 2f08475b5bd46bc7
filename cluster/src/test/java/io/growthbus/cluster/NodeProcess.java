package io.growthbus.cluster;

import io.growthbus.shared.testing.Await;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The runnable jar as a process of its own: what an operator starts, stops and kills. */
final class NodeProcess implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(90);
  private static final Duration STOP = Duration.ofSeconds(40);
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Thread reader;

  private NodeProcess(Map<String, String> environment, String... command) {
    ProcessBuilder builder =
        new ProcessBuilder(
                Stream.concat(
                        Stream.of(JAVA, "-XX:TieredStopAtLevel=1", "-jar", "target/growthbus.jar"),
                        Stream.of(command))
                    .toList())
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    reader = new Thread(this::read, "output of " + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  /** Runs a command, not waiting for anything. */
  static NodeProcess launch(Map<String, String> environment, String... command) {
    return new NodeProcess(environment, command);
  }

  /** Starts a node and waits until it says that it is ready. */
  static NodeProcess run(Map<String, String> environment) {
    NodeProcess node = launch(environment, "run");
    node.awaitStarted();
    return node;
  }

  /** Waits until the node says that it is ready. */
  void awaitStarted() {
    awaitLine("  rooms .*");
  }

  /** Waits for a line of output that matches; the process must not end before. */
  String awaitLine(String pattern) {
    Await.until(
        "a line matches " + pattern, START, () -> line(pattern).isPresent() || !process.isAlive());
    return line(pattern)
        .orElseThrow(
            () -> new AssertionError("the process ended without the line; it said:\n" + output()));
  }

  /** Public address of the node. */
  String app() {
    return address("app");
  }

  /** Address of its operations port. */
  String ops() {
    return address("ops");
  }

  String output() {
    return String.join("\n", lines);
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGTERM, without waiting. */
  void terminate() {
    process.destroy();
  }

  /** SIGTERM, and the exit code. */
  int stop() {
    process.destroy();
    return exitCode();
  }

  /** SIGKILL: nothing in the process has a chance to tidy up. */
  void kill() {
    process.destroyForcibly();
    exitCode();
  }

  /** The exit code of a process that is about to end. */
  int exitCode() {
    try {
      if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("the process goes on; it said:\n" + output());
      }
      reader.join(STOP.toMillis());
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      process.destroy();
      try {
        if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private String address(String name) {
    Matcher matcher =
        Pattern.compile("\\s+" + name + "\\s+(\\S+)").matcher(awaitLine("\\s+" + name + "\\s+.*"));
    if (!matcher.matches()) {
      throw new AssertionError(output());
    }
    return matcher.group(1);
  }

  private Optional<String> line(String pattern) {
    return lines.stream().filter(line -> line.matches(pattern)).findFirst();
  }

  private void read() {
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      lines.add("(output ended: " + e.getMessage() + ")");
    }
  }
}
