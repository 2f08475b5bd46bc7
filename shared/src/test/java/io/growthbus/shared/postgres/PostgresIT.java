package io.growthbus.shared.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.SilentProxy;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PostgresIT {
  private static final Vertx VERTX = Vertx.vertx();
  private static PostgresSettings settings = TestPostgres.freshDatabase();

  @BeforeAll
  static void shortenTimeouts() {
    settings =
        new PostgresSettings(
            settings.uri(), 1, Duration.ofSeconds(2), Duration.ofMillis(200), 1, true);
  }

  @AfterAll
  static void stop() {
    Await.result(VERTX.close());
  }

  private static Throwable failureOf(String sql) {
    Pool pool = Postgres.pool(VERTX, settings, "flags");
    try {
      return Await.failure(pool.query(sql).execute());
    } finally {
      Await.result(pool.close());
    }
  }

  @Test
  void a_connection_runs_as_the_role_of_its_room_and_names_itself() {
    Pool pool = Postgres.pool(VERTX, settings, "flags");
    Row row =
        Await.result(
                pool.query("SELECT current_user, current_setting('application_name')").execute())
            .iterator()
            .next();
    Await.result(pool.close());

    assertThat(row.getString(0)).isEqualTo("growthbus_flags");
    assertThat(row.getString(1)).isEqualTo("growthbus-flags");
  }

  @Test
  void a_statement_beyond_its_time_is_ended_by_the_server_and_transient() {
    Throwable failure = failureOf("SELECT pg_sleep(30)");

    assertThat(failure).hasMessageContaining("statement timeout");
    assertThat(Postgres.isTransient(failure)).isTrue();
  }

  @Test
  void a_value_that_postgresql_cannot_keep_is_poison() {
    assertThat(Postgres.isPoison(failureOf("SELECT '\"\\u0000\"'::jsonb::text::jsonb ->> 0")))
        .isTrue();
    assertThat(Postgres.isPoison(failureOf("SELECT '1e400000'::float8"))).isTrue();
  }

  @Test
  void a_request_beyond_the_waiting_room_fails_at_once_and_may_be_repeated() {
    Pool pool = Postgres.pool(VERTX, settings, "flags");
    List<Future<?>> requests = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      requests.add(pool.query("SELECT pg_sleep(0.01)").execute());
    }
    Await.result(Future.join(requests).otherwiseEmpty());
    Await.result(pool.close());

    List<Throwable> failures =
        requests.stream().filter(Future::failed).<Throwable>map(Future::cause).toList();
    assertThat(failures).isNotEmpty().allMatch(Postgres::isTransient);
    assertThat(requests).anyMatch(Future::succeeded);
  }

  @Test
  void a_database_that_does_not_listen_is_a_transient_failure() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    Pool pool =
        Postgres.pool(VERTX, settings.withUri("postgresql://u@127.0.0.1:" + free + "/d"), "flags");
    Throwable failure = Await.failure(pool.query("SELECT 1").execute());
    Await.result(pool.close());

    assertThat(Postgres.isTransient(failure)).isTrue();
  }

  @Test
  void nobody_connects_before_the_schema_is_up_to_date_and_then_as_is_said() {
    Promise<Boolean> migrated = Promise.promise();
    Pool pool = Postgres.pool(VERTX, settings.onceMigrated(migrated.future()), "flags");
    Throwable failure = Await.failure(pool.query("SELECT 1").execute());
    assertThat(Postgres.isUnavailable(failure)).isTrue();

    migrated.complete(true);
    Row row = Await.result(pool.query("SELECT current_user").execute()).iterator().next();
    Await.result(pool.close());

    assertThat(row.getString(0)).isEqualTo("growthbus_flags");
  }

  private static Pool poolThrough(SilentProxy proxy, int port) {
    String uri = settings.uri().replace(":" + port, ":" + proxy.port());
    return Postgres.pool(VERTX, settings.withUri(uri), "flags");
  }

  @Test
  void a_connection_whose_other_end_has_fallen_silent_is_closed_and_a_new_one_made() {
    URI address = URI.create(settings.uri());
    try (SilentProxy proxy = new SilentProxy(VERTX, address.getPort())) {
      Pool pool = poolThrough(proxy, address.getPort());
      Await.result(pool.query("SELECT 1").execute());
      proxy.silence();

      Throwable failure = Await.failure(pool.query("SELECT 2").execute());
      assertThat(Postgres.isUnavailable(failure)).isTrue();
      Await.until(
          "a new one answers",
          Duration.ofSeconds(20),
          () ->
              Await.result(
                  pool.query("SELECT 3").execute().map(rows -> rows.size() == 1).otherwise(false)));
      Await.result(pool.close());
    }
  }

  @Test
  void an_unused_connection_is_closed_by_the_pool_before_it_could_be_taken_for_a_silent_one() {
    URI address = URI.create(settings.uri());
    try (SilentProxy proxy = new SilentProxy(VERTX, address.getPort())) {
      Pool pool = poolThrough(proxy, address.getPort());
      Await.result(pool.query("SELECT 1").execute());
      assertThat(proxy.open()).isEqualTo(1);
      Await.until("it is closed", Duration.ofSeconds(20), () -> proxy.open() == 0);
      assertThat(Await.result(pool.query("SELECT 1").execute())).hasSize(1);
      Await.result(pool.close());
    }
  }

  @Test
  void a_deadlock_says_nothing_about_the_server_and_a_full_disk_does() {
    assertThat(Postgres.isUnavailable(new PgException("", "ERROR", "40P01", ""))).isFalse();
    assertThat(Postgres.isUnavailable(new PgException("", "ERROR", "22P05", ""))).isFalse();
    assertThat(Postgres.isUnavailable(new PgException("", "ERROR", "53100", ""))).isTrue();
    assertThat(Postgres.isUnavailable(new IOException("reset"))).isTrue();
  }
}
