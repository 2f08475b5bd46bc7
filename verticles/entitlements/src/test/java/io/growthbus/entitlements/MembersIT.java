package io.growthbus.entitlements;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.erasure.Suppression;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.message.ErasureOrdered;
import io.growthbus.shared.message.MembersNamed;
import io.growthbus.shared.message.OverrideSubject;
import io.growthbus.shared.message.OverrideSubject.Kind;
import io.growthbus.shared.message.PutAccountMember;
import io.growthbus.shared.message.PutOverride;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.sqlclient.Pool;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Users who become members of accounts because events say so. */
class MembersIT {
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final GrowthConfig CONFIG =
      GrowthConfigReader.read(
          "{\"entitlements\": {\"tiers\": {\"free\": {}, \"pro\": {\"features\": [\"export\"]}}}}",
          new Problems());

  private final String name = "t" + NAMES.incrementAndGet() + "_";
  private final String user = name + "ada";
  private final String account = name + "acme";
  private RoomNode node;

  @BeforeEach
  void start() {
    node = new RoomNode(DATABASE, CONFIG, System::currentTimeMillis);
    put(account, "{\"tier\":\"pro\"}");
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private void put(String id, String definition) {
    Await.result(
        node.bus.ask(
            Channels.PUT_OVERRIDE,
            new PutOverride(new OverrideSubject(Kind.ACCOUNT, id), definition, "operator", null)));
  }

  private void member(boolean member) {
    Await.result(
        node.bus.ask(Channels.PUT_ACCOUNT_MEMBER, new PutAccountMember(account, user, member)));
  }

  /** What ingest writes in the transaction of an event. */
  private static void claim(String account, String user) {
    execute(
        """
        INSERT INTO ingest.account_claim VALUES ('%s', '%s', clock_timestamp())
        ON CONFLICT (account_id, user_id) DO UPDATE SET claimed_at = EXCLUDED.claimed_at
        """
            .formatted(account, user));
  }

  private void announced() {
    node.bus.send(Channels.MEMBERS_NAMED, new MembersNamed(1));
  }

  private static void execute(String sql) {
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(DATABASE));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  private static long number(String sql) {
    return Long.parseLong(text(sql));
  }

  private static String text(String sql) {
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(DATABASE));
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  private void awaitTier(String id, String tier) {
    Await.until(id + " is " + tier, SOON, () -> node.now(id).tier().equals(tier));
  }

  /** Waits for a look that began after this call. */
  private void awaitLook() {
    execute("UPDATE entitlements.claim_cursor SET swept_until = clock_timestamp() - interval '1s'");
    Await.until(
        "a look has ended",
        SOON,
        () ->
            number(
                    "SELECT count(*) FROM entitlements.claim_cursor WHERE swept_until > clock_timestamp() - interval '1s'")
                == 1);
  }

  @Test
  void what_the_account_has_reaches_the_user_whom_an_event_names_and_every_node_hears_of_it() {
    List<EntitlementChanged> heard = new CopyOnWriteArrayList<>();
    Await.result(node.bus.hear(Channels.ENTITLEMENT_CHANGED, heard::add));
    assertThat(node.now(user).tier()).isEqualTo("free");
    claim(account, user);
    announced();

    awaitTier(user, "pro");
    assertThat(node.now(user).reason()).isEqualTo("account");
    Await.until("it is heard", SOON, () -> heard.contains(new EntitlementChanged(user, 1)));
  }

  @Test
  void a_message_that_is_lost_costs_seconds_and_not_the_membership() {
    assertThat(node.now(user).tier()).isEqualTo("free");
    claim(account, user);

    awaitTier(user, "pro");
  }

  @Test
  void another_account_does_not_end_the_membership_of_the_former_one() {
    claim(account, user);
    awaitTier(user, "pro");
    claim(name + "other", user);
    announced();

    String members =
        "SELECT count(*) FROM entitlements.account_member WHERE user_id = '" + user + "'";
    Await.until("the user is in both", SOON, () -> number(members) == 2);
    assertThat(node.now(user).tier()).isEqualTo("pro");
  }

  @Test
  void who_was_taken_out_stays_out_until_an_event_says_it_anew() {
    claim(account, user);
    awaitTier(user, "pro");
    member(false);
    assertThat(node.now(user).tier()).isEqualTo("free");
    awaitLook();
    assertThat(node.now(user).tier()).isEqualTo("free");

    claim(account, user);
    announced();
    awaitTier(user, "pro");
  }

  @Test
  void an_account_too_many_is_passed_over_and_the_others_join() {
    for (int i = 0; i < 21; i++) {
      claim(name + "account" + i, user);
    }
    claim(account, name + "bob");
    announced();

    awaitTier(name + "bob", "pro");
    awaitLook();
    assertThat(
            number(
                "SELECT count(*) FROM entitlements.account_member WHERE user_id = '" + user + "'"))
        .isEqualTo(20);
  }

  @Test
  void a_user_who_was_erased_and_is_kept_out_does_not_come_back_as_a_member() {
    Pool pool = Postgres.pool(node.vertx, DATABASE, "entitlements", 1);
    Suppression suppression = new Suppression(node.vertx, pool);
    Await.result(suppression.start());
    UUID hash = suppression.hashOf(user);
    suppression.stop();
    execute("SELECT growth.order_erasure('%s', '%s', true, interval '0')".formatted(user, hash));
    node.bus.publish(Channels.ERASURE_ORDERED, new ErasureOrdered("any", user, true));
    claim(account, user);
    claim(account, name + "bob");
    Await.until(
        "bob has joined and ada was seen", SOON, () -> node.now(name + "bob").tier().equals("pro"));
    assertThat(
            number(
                "SELECT count(*) FROM entitlements.account_member WHERE user_id = '" + user + "'"))
        .isZero();
  }
}
