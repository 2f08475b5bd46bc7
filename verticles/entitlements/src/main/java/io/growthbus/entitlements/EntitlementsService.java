package io.growthbus.entitlements;

import io.growthbus.entitlements.EntitlementCache.Known;
import io.growthbus.entitlements.core.EntitlementRules;
import io.growthbus.entitlements.core.EntitlementRules.Decision;
import io.growthbus.entitlements.core.Overrides;
import io.growthbus.entitlements.core.Overrides.Effective;
import io.growthbus.entitlements.store.SubscriptionStore;
import io.growthbus.entitlements.store.SubscriptionStore.UserSubscriptions;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.message.UserForgotten;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Answers what a user may use, and tells everyone when that changes. */
final class EntitlementsService {
  /** Less than {@link Channels#RESOLVE_ENTITLEMENT} waits. */
  private static final Duration PAST = Duration.ofMillis(1_500);

  private final EntitlementCache cache;
  private final SubscriptionStore store;
  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final InstantSource clock;

  EntitlementsService(
      EntitlementCache cache,
      SubscriptionStore store,
      Bus bus,
      Live<GrowthConfig> config,
      InstantSource clock) {
    this.cache = cache;
    this.store = store;
    this.bus = bus;
    this.config = config;
    this.clock = clock;
  }

  /**
   * What a user may use, or might at a moment of the past.
   *
   * @return about now: never fails, says instead how well it is known; about the past: fails with
   *     {@link RoomException} {@code invalid_moment}, or {@code store_unavailable}, because nobody
   *     remembers what cannot be read
   */
  Future<Entitlement> resolve(ResolveEntitlement question) {
    String user = question.userId();
    Long at = question.atMs();
    return at == null ? cache.get(user).map(known -> answer(user, known)) : past(user, at);
  }

  private Future<Entitlement> past(String user, long atMs) {
    if (atMs < 0 || atMs > clock.millis()) {
      return Future.failedFuture(
          new RoomException(
              ErrorKind.INVALID,
              "invalid_moment",
              "The moment must be in the past, and not before 1970."));
    }
    return store
        .ofUserAt(user, atMs)
        .timeout(PAST.toMillis(), TimeUnit.MILLISECONDS)
        .recover(StoreFailures::refusal)
        .map(facts -> known(user, facts, atMs, atMs));
  }

  private Entitlement known(String user, UserSubscriptions facts, long nowMs, @Nullable Long atMs) {
    Effective effective = effective(facts, nowMs);
    State state = effective.decision().inGrace() ? State.GRACE : State.FRESH;
    return entitlement(user, effective, state, clock.millis(), facts.revision(), atMs);
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
   * Tells every node what was committed.
   *
   * @param revisions users of whom something has changed, with their revision
   */
  void announce(Map<String, Long> revisions) {
    revisions.forEach(
        (user, revision) -> {
          // Here at once; on the other nodes, and again here, when the broadcast arrives.
          cache.invalidate(user, revision);
          bus.publish(Channels.ENTITLEMENT_CHANGED, new EntitlementChanged(user, revision));
        });
  }

  private Entitlement answer(String user, Optional<Known> known) {
    Entitlements rules = tiers();
    long now = clock.millis();
    if (known.isEmpty()
        || (known.get().stale() && now - known.get().loadedMs() >= rules.maxStale().toMillis())) {
      Decision fallback = Decision.of(rules.fallbackTier(), "unknown");
      return entitlement(user, Overrides.plain(fallback, rules), State.FALLBACK, 0, 0, null);
    }
    Known facts = known.get();
    Effective effective = effective(facts.facts(), now);
    State state = effective.decision().inGrace() ? State.GRACE : State.FRESH;
    return entitlement(
        user,
        effective,
        facts.stale() ? State.STALE : state,
        facts.loadedMs(),
        facts.facts().revision(),
        null);
  }

  private Effective effective(UserSubscriptions facts, long nowMs) {
    Entitlements rules = tiers();
    Decision billed = EntitlementRules.decide(facts.subscriptions(), rules, nowMs);
    return Overrides.decide(billed, facts.features(), facts.said(), rules, nowMs);
  }

  private static Entitlement entitlement(
      String user,
      Effective effective,
      State state,
      long lastSyncMs,
      long revision,
      @Nullable Long atMs) {
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
        revision,
        atMs);
  }

  private Entitlements tiers() {
    return config.get().entitlements();
  }
}
