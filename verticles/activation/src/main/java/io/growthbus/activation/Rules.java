package io.growthbus.activation;

import io.growthbus.activation.store.PgRuleStore;
import io.growthbus.activation.store.RuleStore;
import io.growthbus.activation.store.RuleStore.Edited;
import io.growthbus.shared.bus.AppliedRevisions;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.erasure.Suppression;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The part of the room that keeps the rules: the file, operators, and what other nodes change. */
final class Rules {
  private static final Logger LOG = LoggerFactory.getLogger(Rules.class);
  private static final Duration SAY_AGAIN = AppliedRevisions.MEMORY.dividedBy(3);

  private final Vertx vertx;
  private final Bus bus;
  private final RuleService service;
  private final AppliedRevisions applied;
  private final RuleAdministration orders;

  Rules(Vertx vertx, Bus bus, Pool pool, Suppression suppression, Live<GrowthConfig> config) {
    RuleStore store = new PgRuleStore(pool);
    this.vertx = vertx;
    this.bus = bus;
    this.service = new RuleService(store, bus, suppression, config.get().activation().rules());
    this.applied = new AppliedRevisions(vertx, bus, Channels.RULES_APPLIED);
    this.orders =
        new RuleAdministration(store, service, applied, new RuleNames(bus, config), config);
  }

  /** The rules of now, by key. */
  List<Rule> now() {
    return service.rules();
  }

  /** Completed when they are those of PostgreSQL; fails with its error. */
  Future<Void> ready() {
    return service.ready();
  }

  /**
   * Begins to answer and to follow.
   *
   * @return completed when every node knows the registrations, whether or not PostgreSQL answers
   */
  Future<?> start() {
    service.onApplied(applied::announce);
    vertx.setPeriodic(SAY_AGAIN.toMillis(), timer -> announce());
    return Future.all(
            List.of(
                bus.answer(Channels.LIST_RULES, orders::list),
                bus.answer(Channels.PUT_RULE, orders::put),
                bus.answer(Channels.DELETE_RULE, orders::delete),
                bus.hear(
                    Channels.RULES_CHANGED,
                    change ->
                        service
                            .catchUp(change.revision())
                            .onFailure(
                                e -> LOG.warn("rules cannot be read: {}", Postgres.describe(e)))),
                applied.listen()))
        .compose(registered -> service.ready())
        .recover(
            failure -> {
              LOG.warn(
                  "rules are those of growth.json until PostgreSQL answers: {}",
                  Postgres.describe(failure));
              return Future.succeededFuture();
            });
  }

  /** Acts by what a change has made of the rules, and tells every node. */
  void adopt(Edited edited) {
    service.adopt(edited);
  }

  /** Another {@code growth.json}. */
  void follow(GrowthConfig changed) {
    service
        .follow(changed.activation().rules())
        .onFailure(
            e -> LOG.error("the rules of growth.json were not stored: {}", Postgres.describe(e)));
  }

  /** Finds what lost messages have left behind; fails with the error of PostgreSQL. */
  Future<Void> sweep() {
    return service.poll().compose(polled -> service.retractRemoved());
  }

  private void announce() {
    if (service.isLoaded()) {
      applied.announce(service.revision());
    }
  }
}
