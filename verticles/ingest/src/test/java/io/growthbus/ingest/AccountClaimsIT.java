package io.growthbus.ingest;

import static io.growthbus.ingest.EventJson.TIME_MS;
import static io.growthbus.ingest.EventJson.batch;
import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.message.MembersNamed;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Settings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Events that say who belongs to which account. */
class AccountClaimsIT {
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final List<MembersNamed> announced = new CopyOnWriteArrayList<>();
  private String identity = "verified";
  private final String user = "u-" + UUID.randomUUID();

  private void room(String... settings) {
    Problems problems = new Problems();
    Properties file = new Properties();
    if (settings.length > 0) {
      file.put(settings[0], settings[1]);
    }
    IngestSettings read = IngestSettings.from(new Settings(file, Map.of(), problems));
    Await.result(
        bus.take(
            Channels.MEMBERS_NAMED,
            fact -> {
              announced.add(fact);
              return Future.succeededFuture();
            }));
    Await.result(
        vertx.deployVerticle(
            new IngestVerticle(
                bus,
                new Live<>(
                    GrowthConfigReader.read("{\"identity\":\"" + identity + "\"}", problems)),
                read,
                DATABASE,
                () -> Future.succeededFuture(Instant.ofEpochMilli(TIME_MS)))));
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private void record(@Nullable String token, boolean trusted, String... events) {
    assertThat(
            Await.result(
                    bus.ask(
                        Channels.RECORD_EVENTS,
                        new RecordEvents(batch(events), token, trusted, TIME_MS)))
                .accepted())
        .isEqualTo(events.length);
  }

  private String named(String name, @Nullable String account) {
    return named(UUID.randomUUID(), name, account);
  }

  private String named(UUID id, String name, @Nullable String account) {
    return "{\"event_id\":\"%s\",\"name\":\"%s\",\"timestamp\":%d,\"user_id\":\"%s\"%s}"
        .formatted(
            id, name, TIME_MS, user, account == null ? "" : ",\"account_id\":\"" + account + "\"");
  }

  /** Accounts of the user as other rooms see them. */
  private List<String> claimed() {
    List<String> accounts = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(DATABASE));
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT account_id FROM growth.account_claim WHERE user_id = '"
                    + user
                    + "' ORDER BY 1")) {
      while (rows.next()) {
        accounts.add(rows.getString(1));
      }
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
    return accounts;
  }

  @Test
  void group_and_identify_of_a_server_name_members_and_nothing_else_does() {
    room();
    record(
        null,
        true,
        named("$group", "acme"),
        named("$identify", "globex"),
        named("$identify", null),
        named("bought", "initech"));

    assertThat(claimed()).containsExactly("acme", "globex");
    Await.until("it is announced", Duration.ofSeconds(10), () -> !announced.isEmpty());
    assertThat(announced).containsExactly(new MembersNamed(2));
  }

  @Test
  void a_user_without_proof_and_a_page_with_a_token_name_no_members() {
    room();
    record(null, false, named("$group", "acme"));
    record(user, false, named("$group", "acme"));

    assertThat(claimed()).isEmpty();
    assertThat(announced).isEmpty();
  }

  @Test
  void a_token_names_members_where_the_operator_allows_it() {
    room("ingest.account.tokens.allow", "true");
    record(null, false, named("$group", "globex"));
    record(user, false, named("$group", "acme"));

    assertThat(claimed()).containsExactly("acme");
  }

  @Test
  void where_every_user_id_is_believed_nobody_is_who_has_proven_none() {
    identity = "open";
    room("ingest.account.tokens.allow", "true");
    record(null, false, named("$group", "acme"));

    assertThat(claimed()).isEmpty();
  }

  @Test
  void a_repetition_of_an_event_says_nothing_anew() {
    room();
    UUID id = UUID.randomUUID();
    record(null, true, named(id, "$group", "acme"), named("$group", "acme"));
    Await.until("it is announced", Duration.ofSeconds(10), () -> announced.size() == 1);
    assertThat(
            Await.result(
                    bus.ask(
                        Channels.RECORD_EVENTS,
                        new RecordEvents(batch(named(id, "$group", "acme")), null, true, TIME_MS)))
                .duplicates())
        .isEqualTo(1);

    assertThat(claimed()).containsExactly("acme");
    assertThat(announced).containsExactly(new MembersNamed(2));
  }
}
