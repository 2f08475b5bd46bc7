package io.growthbus.entitlements;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.growthbus.entitlements.EntitlementCache.Known;
import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.EntitlementRules;
import io.growthbus.entitlements.core.EntitlementRules.Decision;
import io.growthbus.entitlements.core.Overrides;
import io.growthbus.entitlements.core.Overrides.Effective;
import io.growthbus.entitlements.core.StripeSignature;
import io.growthbus.entitlements.store.SubscriptionStore;
import io.growthbus.entitlements.store.SubscriptionStore.Delivery;
import io.growthbus.entitlements.store.SubscriptionStore.Received;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.message.ReceiveWebhook;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.message.UserForgotten;
import io.growthbus.shared.message.WebhookReceived;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Secret;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The use cases of entitlements: take a delivery of a billing system, answer what a user may use.
 */
final class EntitlementsService {
  private static final Logger LOG = LoggerFactory.getLogger(EntitlementsService.class);
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
              .build());
  private static final int RETRIES = 2;

  private final SubscriptionStore store;
  private final EntitlementCache cache;
  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final EntitlementsSettings settings;
  private final InstantSource clock;
  private final Function<String, Future<Boolean>> keptOut;

  /**
   * @param keptOut whether a user is kept out after an erasure; fails with the error of PostgreSQL
   */
  EntitlementsService(
      SubscriptionStore store,
      EntitlementCache cache,
      Bus bus,
      Live<GrowthConfig> config,
      EntitlementsSettings settings,
      InstantSource clock,
      Function<String, Future<Boolean>> keptOut) {
    this.keptOut = keptOut;
    this.store = store;
    this.cache = cache;
    this.bus = bus;
    this.config = config;
    this.settings = settings;
    this.clock = clock;
  }

  /** What a user may use; never fails, says instead how well it is known. */
  Future<Entitlement> resolve(ResolveEntitlement question) {
    String user = question.userId();
    return cache.get(user).map(known -> answer(user, known));
  }

  /** The accounts whose member a user is, as far as is known; never fails. */
  Future<List<String>> accountsOf(String user) {
    return cache
        .get(user)
        .map(known -> known.map(facts -> facts.facts().said().accounts()).orElse(List.of()));
  }

  /** Another node, or this one, has committed a change of a user. */
  void changed(EntitlementChanged fact) {
    cache.invalidate(fact.userId(), fact.revision());
  }

  /** The subscriptions of a user were erased here: every node forgets them. */
  void erased(String userId) {
    bus.publish(Channels.USER_FORGOTTEN, new UserForgotten(userId));
  }

  /** The subscriptions of a user were erased. */
  void forgotten(UserForgotten fact) {
    cache.forget(fact.userId());
  }

  /**
   * Takes a delivery. One that is about a user who was erased is not stored.
   *
   * @return after the commit; fails with {@link RoomException} {@code invalid_signature}, {@code
   *     invalid_payload}, or {@code store_unavailable} when the provider should deliver again
   */
  Future<WebhookReceived> receive(ReceiveWebhook order) {
    List<String> secrets = settings.stripeSecrets().stream().map(Secret::reveal).toList();
    String signature = order.headers().getOrDefault("stripe-signature", "");
    if (!StripeSignature.isValid(signature, order.body(), secrets, clock.millis() / 1000)) {
      return refuse(
          "invalid_signature",
          "The signature does not fit the body, or its time is over 300 s off.");
    }
    String payload = new String(order.body(), StandardCharsets.UTF_8);
    Optional<JsonNode> document = parse(payload);
    Optional<BillingEvent> event = document.flatMap(node -> StripeEvents.read(node, tiers()));
    if (event.isEmpty() || document.isEmpty()) {
      return refuse("invalid_payload", "The body is not a Stripe event with an id and a type.");
    }
    Delivery delivery =
        new Delivery(
            order.provider(),
            event.get(),
            document.get().path("type").asText(),
            payload,
            order.receivedAtMs());
    return isKeptOut(event.get())
        .compose(
            keptOut ->
                keptOut
                    ? Future.succeededFuture("suppressed")
                    : store(delivery, 0)
                        .onSuccess(received -> announce(received.revisions()))
                        .map(Received::outcome))
        .map(outcome -> new WebhookReceived(delivery.event().eventId(), outcome));
  }

  private Future<Boolean> isKeptOut(BillingEvent event) {
    return event
        .namedUser()
        .map(user -> keptOut.apply(user).recover(failure -> unavailable(event, failure)))
        .orElseGet(() -> Future.succeededFuture(false));
  }

  private static <T> Future<T> unavailable(BillingEvent event, Throwable failure) {
    LOG.warn("delivery {} could not be stored: {}", event.eventId(), failure.toString());
    return Future.failedFuture(
        new RoomException(
            ErrorKind.UNAVAILABLE, "store_unavailable", "Not stored for certain; deliver again."));
  }

  private Future<Received> store(Delivery delivery, int attempt) {
    return store
        .receive(delivery, text -> parse(text).flatMap(node -> StripeEvents.read(node, tiers())))
        .recover(
            failure -> {
              if (Postgres.isTransient(failure) && attempt < RETRIES) {
                return store(delivery, attempt + 1);
              }
              if (Postgres.isPoison(failure)) {
                return refuse("invalid_payload", "The database refuses a value of the body.");
              }
              return unavailable(delivery.event(), failure);
            });
  }

  /**
   * Tells every node what was committed.
   *
   * @param revisions users of whom something has changed, with their revision
   */
  void announce(Map<String, Long> revisions) {
    for (Map.Entry<String, Long> user : revisions.entrySet()) {
      // Here at once; on the other nodes, and again here, when the broadcast arrives.
      cache.invalidate(user.getKey(), user.getValue());
      bus.publish(
          Channels.ENTITLEMENT_CHANGED, new EntitlementChanged(user.getKey(), user.getValue()));
    }
  }

  private Entitlement answer(String user, Optional<Known> known) {
    Entitlements rules = tiers();
    long now = clock.millis();
    if (known.isEmpty()
        || (known.get().stale() && now - known.get().loadedMs() >= rules.maxStale().toMillis())) {
      Decision fallback = new Decision(rules.fallbackTier(), "unknown", false, null, null);
      return entitlement(user, Overrides.plain(fallback, rules), State.FALLBACK, 0, 0);
    }
    Known facts = known.get();
    Decision billed = EntitlementRules.decide(facts.facts().subscriptions(), rules, now);
    Effective effective = Overrides.decide(billed, facts.facts().said(), rules, now);
    State state = effective.decision().inGrace() ? State.GRACE : State.FRESH;
    return entitlement(
        user,
        effective,
        facts.stale() ? State.STALE : state,
        facts.loadedMs(),
        facts.facts().revision());
  }

  private static Entitlement entitlement(
      String user, Effective effective, State state, long lastSyncMs, long revision) {
    Decision decision = effective.decision();
    return new Entitlement(
        user,
        decision.tier(),
        effective.limits(),
        effective.unlimited(),
        effective.features(),
        lastSyncMs,
        state,
        decision.reason(),
        decision.graceUntilMs(),
        decision.expiresAtMs(),
        revision);
  }

  private Entitlements tiers() {
    return config.get().entitlements();
  }

  private static Optional<JsonNode> parse(String text) {
    try {
      return Optional.of(JSON.readTree(text)).filter(JsonNode::isObject);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static <T> Future<T> refuse(String code, String message) {
    return Future.failedFuture(new RoomException(ErrorKind.INVALID, code, message));
  }
}
