package io.growthbus.shared.testing;

import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Settings;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;

/**
 * A real PostgreSQL for tests, one server per JVM, one migrated database per caller.
 *
 * <p>Migrations are those on the class path: the growth schema and the rooms that the module knows.
 */
public final class TestPostgres {
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private TestPostgres() {}

  /** A fresh database with all migrations applied; each room connects with its own role. */
  public static PostgresSettings freshDatabase() {
    String name = "test" + DATABASES.incrementAndGet();
    EmbeddedPostgres server = Holder.SERVER;
    execute(server, "CREATE DATABASE " + name + " TEMPLATE growthbus_template OWNER growthbus");
    return PostgresSettings.from(Settings.defaults())
        .withUri("postgresql://growthbus@127.0.0.1:" + server.getPort() + "/" + name)
        .withRoomRoles(true);
  }

  /** JDBC address of a database made by {@link #freshDatabase()}, as superuser, for assertions. */
  public static String jdbcUrl(PostgresSettings settings) {
    String uri = settings.uri();
    return "jdbc:postgresql://" + uri.substring(uri.indexOf('@') + 1) + "?user=postgres";
  }

  private static void execute(EmbeddedPostgres server, String sql) {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  private static final class Holder {
    static final EmbeddedPostgres SERVER = start();

    private static EmbeddedPostgres start() {
      try {
        EmbeddedPostgres server = EmbeddedPostgres.builder().start();
        execute(server, "CREATE ROLE growthbus LOGIN CREATEROLE");
        execute(server, "CREATE DATABASE growthbus_template OWNER growthbus");
        Flyway.configure()
            .dataSource(
                "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/growthbus_template",
                "growthbus",
                "")
            .locations("classpath:db/migration")
            .schemas("growth")
            .createSchemas(true)
            .outOfOrder(true)
            .load()
            .migrate();
        return server;
      } catch (IOException e) {
        throw new UncheckedIOException("the embedded PostgreSQL of the tests did not start", e);
      }
    }
  }
}
