package io.growthbus.cluster;

import io.growthbus.shared.testing.Await;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A durable PostgreSQL of a test's own that can be frozen, crashed and killed, and comes back on
 * the same port with the same data.
 */
final class MortalPostgres implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path data;
  private final int port;
  private final String binary;
  private ProcessHandle server;

  /** Makes the data and the role and the database of the application, and starts. */
  MortalPostgres(Path folder) throws IOException, SQLException {
    data = folder.resolve("postgres");
    try (EmbeddedPostgres made =
        EmbeddedPostgres.builder()
            .setDataDirectory(data)
            .setCleanDataDirectory(false)
            .setPGStartupWait(PATIENCE)
            .start()) {
      port = made.getPort();
      binary = postmaster(data).info().command().orElseThrow();
      try (Connection connection = made.getPostgresDatabase().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("CREATE ROLE growthbus LOGIN CREATEROLE");
        statement.execute("CREATE DATABASE growthbus OWNER growthbus");
      }
    }
    server = launch();
    awaitAnswer();
  }

  private static ProcessHandle postmaster(Path data) throws IOException {
    long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
    return ProcessHandle.of(pid).orElseThrow();
  }

  /** What a node connects with. */
  String uri() {
    return "postgresql://growthbus@127.0.0.1:" + port + "/growthbus";
  }

  int port() {
    return port;
  }

  /** For assertions, as superuser. */
  String jdbcUrl() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/growthbus?user=postgres&connectTimeout=2";
  }

  /** {@code pg_ctl stop -m immediate}: no checkpoint, recovery at the next start. */
  void crash() {
    signal("-QUIT", server);
    awaitEnd();
  }

  /** SIGKILL of the postmaster; its children find out by themselves. */
  void kill() {
    server.destroyForcibly();
    awaitEnd();
  }

  /** Starts again; returns when it answers. */
  void start() {
    server = launch();
    awaitAnswer();
  }

  /** Stops every process of the server in its tracks; sockets stay open, nobody answers. */
  void freeze() {
    signal("-STOP", processes());
  }

  void thaw() {
    signal("-CONT", processes());
  }

  /** Ends every connection of a node; how many there were. */
  int killConnections() {
    return Math.toIntExact(
        number(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                + " WHERE usename = 'growthbus' AND backend_type = 'client backend'"));
  }

  long number(String query) {
    try (Connection connection = DriverManager.getConnection(jdbcUrl());
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      result.next();
      return result.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(query, e);
    }
  }

  void execute(String sql) {
    try (Connection connection = DriverManager.getConnection(jdbcUrl());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  @Override
  public void close() {
    if (server.isAlive()) {
      thaw();
      signal("-INT", server);
      awaitEnd();
    }
  }

  private ProcessHandle[] processes() {
    return Stream.concat(Stream.of(server), server.descendants()).toArray(ProcessHandle[]::new);
  }

  private ProcessHandle launch() {
    List<String> command = new ArrayList<>();
    if ("root".equals(System.getProperty("user.name"))) {
      // PostgreSQL refuses to run as root; in a user namespace of its own it is nobody.
      command.addAll(List.of("unshare", "-U"));
    }
    command.addAll(
        List.of(binary, "-D", data.toString(), "-p", String.valueOf(port), "-c", "timezone=UTC"));
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(data.resolve("server.log").toFile()))
          .start()
          .toHandle();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitAnswer() {
    Await.until(
        "PostgreSQL answers",
        PATIENCE,
        () -> {
          if (!server.isAlive()) {
            // Children of a killed server that still end keep a new one from starting.
            server = launch();
          }
          try (Connection connection = DriverManager.getConnection(jdbcUrl())) {
            return connection.isValid(2);
          } catch (SQLException e) {
            return false;
          }
        });
  }

  private void awaitEnd() {
    Await.until("PostgreSQL has ended", PATIENCE, () -> !server.isAlive());
  }

  private static void signal(String name, ProcessHandle... processes) {
    List<String> command = new ArrayList<>(List.of("kill", name));
    Stream.of(processes).map(process -> String.valueOf(process.pid())).forEach(command::add);
    try {
      new ProcessBuilder(command).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
