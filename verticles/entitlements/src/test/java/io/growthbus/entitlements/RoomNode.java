package io.growthbus.entitlements;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.core.StripeSignature;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.ReceiveWebhook;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** A node with this room on it, by the clock of a test. */
final class RoomNode implements AutoCloseable {
  private static final String SECRET = "whsec_room";

  final Vertx vertx = Vertx.vertx();
  final Bus bus = new Bus(vertx);
  private final LongSupplier nowMs;

  RoomNode(PostgresSettings database, GrowthConfig config, LongSupplier nowMs) {
    this.nowMs = nowMs;
    Await.result(
        vertx.deployVerticle(
            new EntitlementsVerticle(
                bus,
                new Live<>(config),
                TestSettings.of(List.of(new Secret(SECRET)), 100, Duration.ofSeconds(10)),
                database,
                () -> Instant.ofEpochMilli(nowMs.getAsLong()))));
  }

  Entitlement now(String user) {
    return Await.result(bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(user)));
  }

  Entitlement at(String user, long atMs) {
    return Await.result(bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(user, atMs)));
  }

  /** Delivers an event of Stripe's about a subscription, as said at a moment. */
  void deliver(String eventId, long createdMs, String subscription) {
    String body =
        "{\"id\":\"%s\",\"type\":\"customer.subscription.updated\",\"created\":%d,\"data\":{\"object\":%s}}"
            .formatted(eventId, createdMs / 1_000, subscription);
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String signature = StripeSignature.sign(SECRET, nowMs.getAsLong() / 1_000, bytes);
    String outcome =
        Await.result(
                bus.ask(
                    Channels.RECEIVE_WEBHOOK,
                    new ReceiveWebhook(
                        "stripe", Map.of("stripe-signature", signature), bytes, nowMs.getAsLong())))
            .outcome();
    assertThat(outcome).isIn("applied", "superseded");
  }

  @Override
  public void close() {
    Await.result(vertx.close());
  }
}
