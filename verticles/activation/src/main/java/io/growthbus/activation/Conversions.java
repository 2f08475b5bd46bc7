package io.growthbus.activation;

import io.growthbus.activation.core.Conversion;
import io.growthbus.activation.store.ConversionStore;
import io.growthbus.activation.store.ConversionStore.Converted;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.bus.EntitlementAsk;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.message.AcknowledgePrompt;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.message.PromptRetracted;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes which prompts were followed by a payment, as billing reports it, and the same of prompts
 * that a control kept back, so that both can be compared.
 */
final class Conversions {
  private static final Logger LOG = LoggerFactory.getLogger(Conversions.class);

  /** Users whose change was perhaps not heard that one look asks after. */
  private static final int MOST_MISSED = 200;

  private final Vertx vertx;
  private final ConversionStore store;
  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final Duration window;

  /**
   * @param window how long after a prompt a payment counts for it
   */
  Conversions(
      Vertx vertx, ConversionStore store, Bus bus, Live<GrowthConfig> config, Duration window) {
    this.vertx = vertx;
    this.store = store;
    this.bus = bus;
    this.config = config;
    this.window = window;
  }

  /**
   * An entitlement has changed.
   *
   * @return fails with the error of PostgreSQL or of entitlements; {@link #sweep} finds it then
   */
  Future<Void> entitlementChanged(EntitlementChanged fact) {
    return store
        .isWaiting(fact.userId(), window)
        .compose(
            waiting ->
                waiting
                    ? EntitlementAsk.atLeast(vertx, bus, fact).compose(this::convert)
                    : Future.succeededFuture());
  }

  /**
   * A page has shown a prompt, or its user has acted on it. The tier of a user who pays already is
   * noted, because only a higher one is a conversion then; nobody waits for that.
   */
  void acknowledged(AcknowledgePrompt order) {
    bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(order.userId()))
        .compose(now -> noteTier(UUID.fromString(order.promptId()), now))
        .onFailure(Conversions::notNoted);
  }

  /** A control has kept a user from a prompt; as {@link #acknowledged}. */
  void ghosted(UUID promptId, Entitlement then) {
    noteTier(promptId, then).onFailure(Conversions::notNoted);
  }

  private static void notNoted(Throwable failure) {
    LOG.warn("the tier of a user was not noted: {}", Postgres.describe(failure));
  }

  private Future<Void> noteTier(UUID promptId, Entitlement now) {
    Entitlements tiers = config.get().entitlements();
    return now.state() != State.FALLBACK
            && tiers.rank(now.tier()) > tiers.rank(tiers.fallbackTier())
        ? store.noteTier(promptId, now.tier())
        : Future.succeededFuture();
  }

  /** Finds payments that were not heard of; fails as {@link #entitlementChanged}. */
  Future<Void> sweep() {
    return store
        .missed(window, MOST_MISSED)
        .compose(
            users -> {
              List<Future<Void>> found = new ArrayList<>();
              users.forEach(
                  user ->
                      found.add(
                          bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(user))
                              .compose(this::convert)));
              return Future.join(found).mapEmpty();
            });
  }

  private Future<Void> convert(Entitlement now) {
    Entitlements tiers = config.get().entitlements();
    List<String> from = Conversion.from(now, tiers);
    return from.isEmpty()
        ? Future.succeededFuture()
        : store
            .convert(now.userId(), window, from, tiers.fallbackTier())
            .onSuccess(found -> found.filter(Converted::wasOpen).ifPresent(this::retract))
            .mapEmpty();
  }

  private void retract(Converted converted) {
    bus.publish(
        Channels.PROMPT_RETRACTED,
        new PromptRetracted(
            converted.prompt().userId(), converted.prompt().promptId().toString(), "upgraded"));
  }
}
