package io.growthbus.cluster;

import io.growthbus.shared.postgres.PostgresSettings;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real PostgreSQL from Maven artifacts, durable, in the data directory; for evaluation and single
 * machines.
 *
 * <p>The server is a process of its own that outlives a killed node. Whoever holds the data
 * directory's lock may therefore stop a server that it finds there: its node is gone. A {@code
 * postmaster.pid} whose number belongs to another program by now is removed, because PostgreSQL
 * would refuse to start. One whose process is gone is left to PostgreSQL, which looks first whether
 * a child of the dead server still writes.
 */
final class EmbeddedPostgresServer {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgresServer.class);
  private static final Duration STARTUP = Duration.ofSeconds(60);
  private static final String APPLICATION = "growthbus";

  private EmbeddedPostgresServer() {}

  /**
   * Starts the server and creates the application's role and database when they are absent.
   *
   * @param directory held by this node; released when the database is closed
   * @throws StartException when the server does not start
   */
  static Database start(DataDirectory directory, PostgresSettings settings) {
    Path data = directory.resolve("postgres");
    stopOrphan(data.resolve("postmaster.pid"));
    try {
      EmbeddedPostgres server =
          EmbeddedPostgres.builder()
              .setDataDirectory(data)
              .setCleanDataDirectory(false)
              .setOverrideWorkingDirectory(binaries().toFile())
              .setRegisterShutdownHook(false)
              .setPGStartupWait(STARTUP)
              .setServerConfig("fsync", "on")
              .setServerConfig("synchronous_commit", "on")
              .setServerConfig("full_page_writes", "on")
              .setServerConfig("max_connections", "200")
              .setServerConfig("timezone", "UTC")
              .start();
      createApplication(server);
      String address = "127.0.0.1:" + server.getPort();
      return new Database(
          settings.withUri("postgresql://" + APPLICATION + "@" + address + "/" + APPLICATION),
          "embedded PostgreSQL on " + address + ", data in " + data,
          () -> stop(server, directory));
    } catch (IOException | SQLException | IllegalStateException e) {
      LOG.debug("embedded PostgreSQL did not start", e);
      throw StartException.environment(
          "The embedded PostgreSQL in "
              + data
              + " did not start ("
              + e.getMessage()
              + "). Set"
              + " GROWTHBUS_PG_URI to use a PostgreSQL of your own.");
    }
  }

  private static void createApplication(EmbeddedPostgres server) throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      if (!exists(statement, "SELECT 1 FROM pg_roles WHERE rolname = '" + APPLICATION + "'")) {
        statement.execute("CREATE ROLE " + APPLICATION + " LOGIN CREATEROLE");
      }
      if (!exists(statement, "SELECT 1 FROM pg_database WHERE datname = '" + APPLICATION + "'")) {
        statement.execute("CREATE DATABASE " + APPLICATION + " OWNER " + APPLICATION);
      }
    }
  }

  private static boolean exists(Statement statement, String query) throws SQLException {
    try (ResultSet rows = statement.executeQuery(query)) {
      return rows.next();
    }
  }

  private static void stop(EmbeddedPostgres server, DataDirectory directory) {
    try (directory) {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded PostgreSQL did not stop", e);
    }
  }

  /**
   * Folder of the unpacked binaries, one per user, so that root leaves nothing that others trip
   * over.
   */
  private static Path binaries() throws IOException {
    return Files.createDirectories(
        Path.of(
            System.getProperty("java.io.tmpdir"),
            "growthbus-postgres-" + System.getProperty("user.name")));
  }

  private static void stopOrphan(Path pidFile) {
    Optional<ProcessHandle> living = readPid(pidFile).flatMap(ProcessHandle::of);
    if (living.isEmpty()) {
      return;
    }
    if (isPostgres(living.get())) {
      terminate(living.get());
    } else {
      deleteStale(pidFile);
    }
  }

  private static Optional<Long> readPid(Path pidFile) {
    try {
      List<String> lines = Files.readAllLines(pidFile);
      return lines.isEmpty() ? Optional.empty() : Optional.of(Long.valueOf(lines.get(0).strip()));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static boolean isPostgres(ProcessHandle process) {
    return process.info().command().map(command -> command.endsWith("postgres")).orElse(false);
  }

  private static void terminate(ProcessHandle orphan) {
    LOG.info("stopping the PostgreSQL process {} of a node that was killed", orphan.pid());
    try {
      // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
      new ProcessBuilder("kill", "-INT", String.valueOf(orphan.pid())).start().waitFor();
      orphan.onExit().get(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException
        | java.util.concurrent.ExecutionException
        | java.util.concurrent.TimeoutException e) {
      throw StartException.environment(
          "PostgreSQL process "
              + orphan.pid()
              + " of an earlier node does not stop; stop it"
              + " yourself (kill "
              + orphan.pid()
              + ") and start again.");
    }
  }

  private static void deleteStale(Path pidFile) {
    try {
      Files.deleteIfExists(pidFile);
      LOG.info("removed {}, whose number is another program now", pidFile);
    } catch (IOException e) {
      throw StartException.environment("The stale " + pidFile + " cannot be removed.");
    }
  }
}
