package io.growthbus.bench.ingest;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A program that runs beside the benchmark. What it says is kept in a file; lines of the form
 * {@code name value} are remembered, which is how servers say where they listen. Those of the nodes
 * of a cluster, {@code [2] name value}, are remembered as {@code 2.name}.
 */
public final class ChildProcess implements AutoCloseable {
  private static final Duration STOP = Duration.ofSeconds(30);
  private static final Pattern NAMED = Pattern.compile("(?:\\[(\\d+)] )?  (\\w+) +(\\S.*)");

  private final String name;
  private final Path log;
  private final Process process;
  private final Map<String, CompletableFuture<String>> values;

  /**
   * Starts it.
   *
   * @param environment beside the one of this process without {@code GROWTHBUS_}
   * @param expected names of the values that are asked for later
   */
  public ChildProcess(
      String name,
      Path log,
      List<String> command,
      Map<String, String> environment,
      List<String> expected)
      throws IOException {
    this.name = name;
    this.log = log;
    this.values =
        expected.stream()
            .collect(Collectors.toMap(key -> key, key -> new CompletableFuture<String>()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(key -> key.startsWith("GROWTHBUS_"));
    builder.environment().putAll(environment);
    this.process = builder.start();
    Thread reader = new Thread(this::read, "output of " + name);
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * The value that it gives a name.
   *
   * @throws IllegalStateException when it ends or two minutes pass before
   */
  public String value(String key) throws InterruptedException {
    try {
      CompletableFuture<String> value = values.get(key);
      if (value == null) {
        throw new IllegalArgumentException(key + " was not expected");
      }
      return value.get(120, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(name + " did not start; it says why in " + log, e);
    }
  }

  public ProcessHandle handle() {
    return process.toHandle();
  }

  /** Asks it to end, and ends it when it does not. */
  @Override
  public void close() {
    // Not by the process itself, which would close its output under the reader.
    process.toHandle().destroy();
    try {
      if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static String key(Matcher named) {
    return named.group(1) == null ? named.group(2) : named.group(1) + "." + named.group(2);
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        BufferedWriter kept = Files.newBufferedWriter(log)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        kept.write(line);
        kept.newLine();
        kept.flush();
        Matcher named = NAMED.matcher(line);
        CompletableFuture<String> awaited = named.matches() ? values.get(key(named)) : null;
        if (awaited != null) {
          awaited.complete(named.group(3));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the output of " + name + " was lost", e);
    } finally {
      IllegalStateException ended = new IllegalStateException(name + " has ended");
      values.values().forEach(value -> value.completeExceptionally(ended));
    }
  }
}
