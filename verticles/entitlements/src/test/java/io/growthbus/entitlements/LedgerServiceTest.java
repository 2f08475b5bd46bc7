package io.growthbus.entitlements;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.core.LedgerPeriod;
import io.growthbus.entitlements.store.LedgerStore;
import io.growthbus.entitlements.store.SubscriptionStore;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.SettleReservation;
import io.growthbus.shared.message.UseEntitlement;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.ConnectException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class LedgerServiceTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final Bus BUS = new Bus(VERTX);
  private static final SettleReservation ORDER =
      new SettleReservation(UUID.randomUUID().toString(), true, null);

  private final Attempts attempts = new Attempts();

  @AfterAll
  static void stop() {
    Await.result(VERTX.close());
  }

  /** A store of which each attempt ends as the test says. */
  private static final class Attempts implements LedgerStore {
    private Supplier<Future<Optional<Settled>>> answer =
        () -> Promise.<Optional<Settled>>promise().future();
    private int count;

    @Override
    public Future<Optional<Settled>> settle(SettleReservation order, long nowMs) {
      count++;
      return answer.get();
    }

    @Override
    public Future<Ordered> use(
        UseEntitlement order, @Nullable Long limit, boolean soft, LedgerPeriod period, long nowMs) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Long> taken(String userId, String feature, LedgerPeriod period, long nowMs) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Long> forget(long beforeMs, int beforeBucket, long nowMs) {
      throw new UnsupportedOperationException();
    }
  }

  private LedgerService service(Duration patience) {
    Live<GrowthConfig> config = new Live<>(GrowthConfigReader.read("{}", new Problems()));
    SubscriptionStore unused = new EntitlementCacheTest.ReadsByHand();
    InstantSource clock = InstantSource.system();
    EntitlementsService entitlements =
        new EntitlementsService(
            new EntitlementCache(
                unused,
                clock,
                () -> Duration.ofMinutes(5),
                TestSettings.of(List.of(), 100, Duration.ofMillis(100))),
            unused,
            BUS,
            config,
            clock);
    return new LedgerService(
        attempts, entitlements, config, clock, user -> Future.succeededFuture(false), patience);
  }

  private static RoomException refusal(Future<?> order) {
    return (RoomException) Await.failure(order);
  }

  @Test
  void an_order_without_an_answer_is_answered_before_whoever_asked_has_gone() {
    assertThat(refusal(service(Duration.ofMillis(100)).settle(ORDER)).code())
        .isEqualTo("store_unavailable");
    assertThat(attempts.count).isEqualTo(1);
  }

  @Test
  void what_fails_for_a_moment_is_tried_again_while_somebody_waits() {
    attempts.answer = () -> Future.failedFuture(new ConnectException("down"));

    assertThat(refusal(service(Duration.ofSeconds(5)).settle(ORDER)).code())
        .isEqualTo("store_unavailable");
    assertThat(attempts.count).isEqualTo(3);
  }

  @Test
  void nothing_is_tried_again_when_nobody_waits_any_more() {
    attempts.answer =
        () -> VERTX.timer(200).compose(late -> Future.failedFuture(new ConnectException("down")));

    assertThat(refusal(service(Duration.ofMillis(100)).settle(ORDER)).code())
        .isEqualTo("store_unavailable");
    Await.result(VERTX.timer(400).mapEmpty());
    assertThat(attempts.count).isEqualTo(1);
  }

  @Test
  void the_patience_is_shorter_than_the_asks() {
    assertThat(LedgerService.PATIENCE)
        .isLessThan(Channels.USE_ENTITLEMENT.timeout())
        .isLessThan(Channels.SETTLE_RESERVATION.timeout());
  }
}
