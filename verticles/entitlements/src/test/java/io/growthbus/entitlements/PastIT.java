package io.growthbus.entitlements;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.OverrideSubject;
import io.growthbus.shared.message.OverrideSubject.Kind;
import io.growthbus.shared.message.PutAccountMember;
import io.growthbus.shared.message.PutOverride;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a user might use at a moment of the past. */
class PastIT {
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final long HOUR_MS = Duration.ofHours(1).toMillis();
  private static final long START_MS = 1_795_000_000_000L;
  private static final GrowthConfig CONFIG =
      GrowthConfigReader.read(
          """
          {"entitlements": {"tiers": {
             "free": {"limits": {"api_calls": 100}},
             "pro": {"limits": {"api_calls": 10000}, "features": ["export"]}}}}
          """,
          new Problems());

  private final AtomicLong nowMs = new AtomicLong(START_MS);
  private final RoomNode node = new RoomNode(DATABASE, CONFIG, nowMs::get);

  @AfterEach
  void stop() {
    node.close();
  }

  private static String subscription(String user, String status, long endMs) {
    return """
    {"id":"sub_%1$s","customer":"cus_%1$s","status":"%2$s","current_period_end":%3$d,
     "metadata":{"user_id":"%1$s","tier":"pro"}}
    """
        .formatted(user, status, endMs / 1_000);
  }

  private void pass(long ms) {
    nowMs.addAndGet(ms);
  }

  @Test
  void deadlines_and_graces_hold_as_they_did_at_that_moment() {
    long end = START_MS + HOUR_MS;
    node.deliver("evt_1", START_MS, subscription("ada", "active", end));
    pass(100 * HOUR_MS);

    assertThat(node.at("ada", START_MS - 1).reason()).isEqualTo("none");
    assertThat(node.at("ada", START_MS))
        .extracting(Entitlement::tier, Entitlement::state, Entitlement::atMs)
        .containsExactly("pro", State.FRESH, START_MS);
    assertThat(node.at("ada", end - 1).reason()).isEqualTo("active");
    Entitlement late = node.at("ada", end);
    assertThat(late.state()).isEqualTo(State.GRACE);
    assertThat(late.graceUntilMs()).isEqualTo(end + 72 * HOUR_MS);
    assertThat(node.at("ada", end + 72 * HOUR_MS - 1).tier()).isEqualTo("pro");
    assertThat(node.at("ada", end + 72 * HOUR_MS).reason()).isEqualTo("stale_subscription");
    assertThat(node.now("ada").atMs()).isNull();
  }

  @Test
  void a_delivery_that_comes_late_corrects_the_past_from_its_own_time_on() {
    long month = 720 * HOUR_MS;
    node.deliver("late_1", START_MS, subscription("bob", "active", START_MS + month));
    pass(3 * HOUR_MS);
    assertThat(node.at("bob", START_MS + HOUR_MS).tier()).isEqualTo("pro");

    node.deliver("late_3", START_MS + 2 * HOUR_MS, subscription("bob", "active", START_MS + month));
    node.deliver("late_2", START_MS + HOUR_MS, subscription("bob", "unpaid", START_MS + month));

    assertThat(node.at("bob", START_MS + HOUR_MS - 1).tier()).isEqualTo("pro");
    assertThat(node.at("bob", START_MS + HOUR_MS).reason()).isEqualTo("unpaid");
    assertThat(node.at("bob", START_MS + 2 * HOUR_MS - 1).reason()).isEqualTo("unpaid");
    assertThat(node.at("bob", START_MS + 2 * HOUR_MS).tier()).isEqualTo("pro");
    assertThat(node.now("bob").tier()).isEqualTo("pro");
  }

  @Test
  void overrides_and_accounts_count_while_they_held() {
    OverrideSubject account = new OverrideSubject(Kind.ACCOUNT, "acme");
    put(account, "{\"tier\":\"pro\"}");
    pass(HOUR_MS);
    member(true);
    pass(HOUR_MS);
    member(false);
    pass(HOUR_MS);
    put(new OverrideSubject(Kind.USER, "eve"), trialUntil(nowMs.get() + HOUR_MS));
    pass(5 * HOUR_MS);

    assertThat(node.at("eve", START_MS + HOUR_MS - 1).reason()).isEqualTo("none");
    assertThat(node.at("eve", START_MS + HOUR_MS).reason()).isEqualTo("account");
    assertThat(node.at("eve", START_MS + 2 * HOUR_MS).reason()).isEqualTo("none");
    assertThat(node.at("eve", START_MS + 3 * HOUR_MS).reason()).isEqualTo("trial");
    assertThat(node.at("eve", START_MS + 4 * HOUR_MS).reason()).isEqualTo("none");
  }

  private static String trialUntil(long ms) {
    return "{\"tier\":\"pro\",\"trial\":true,\"expires_at\":" + ms + "}";
  }

  private void put(OverrideSubject subject, String definition) {
    Await.result(
        node.bus.ask(
            Channels.PUT_OVERRIDE, new PutOverride(subject, definition, "operator", null)));
  }

  private void member(boolean member) {
    Await.result(
        node.bus.ask(Channels.PUT_ACCOUNT_MEMBER, new PutAccountMember("acme", "eve", member)));
  }

  @Test
  void the_future_and_times_before_1970_are_refused() {
    for (long at : new long[] {nowMs.get() + 1, -1}) {
      RoomException refusal =
          (RoomException)
              Await.failure(
                  node.bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement("ada", at)));
      assertThat(refusal.code()).isEqualTo("invalid_moment");
    }
    assertThat(node.at("nobody", nowMs.get()).tier()).isEqualTo("free");
  }
}
