package io.growthbus.flags;

import io.growthbus.flags.store.DefinitionStore;
import io.growthbus.flags.store.PgDefinitionStore;
import io.growthbus.flags.store.PgScheduleStore;
import io.growthbus.shared.bus.AppliedRevisions;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Predicate;

/** The part of the room that operators order: definitions, schedules, the audit. */
final class Administration {
  private static final Duration SAY_AGAIN = AppliedRevisions.MEMORY.dividedBy(3);

  private final Vertx vertx;
  private final Bus bus;
  private final FlagsService flags;
  private final AppliedRevisions applied;
  private final AdministrationService definitions;
  private final DocumentService documents;
  private final ScheduleService schedules;
  private long timer = -1;

  /**
   * @param keptOut whether a user is kept out after an erasure
   * @param poll longest time between two looks at what other nodes have scheduled
   */
  Administration(
      Vertx vertx,
      Bus bus,
      Pool pool,
      FlagsService flags,
      Live<GrowthConfig> config,
      Predicate<String> keptOut,
      InstantSource clock,
      Duration poll) {
    this.vertx = vertx;
    this.bus = bus;
    this.flags = flags;
    this.applied = new AppliedRevisions(vertx, bus, Channels.FLAGS_APPLIED);
    DefinitionStore store = new PgDefinitionStore(pool, applied::highest);
    ChangeNews news = new ChangeNews(flags, applied);
    FactNames names = new FactNames(bus, config);
    this.definitions = new AdministrationService(store, news, config, names, keptOut);
    this.documents = new DocumentService(store, news, config, names, keptOut);
    this.schedules =
        new ScheduleService(vertx, new PgScheduleStore(pool, applied::highest), flags, clock, poll);
  }

  /** Begins to answer, and to make what is due; completed when every node knows it. */
  Future<?> start() {
    flags.onApplied(applied::announce);
    timer = vertx.setPeriodic(SAY_AGAIN.toMillis(), tick -> applied.announce(flags.revision()));
    return Future.all(
            List.of(
                bus.answer(Channels.LIST_DEFINITIONS, definitions::list),
                bus.answer(Channels.PUT_DEFINITION, definitions::put),
                bus.answer(Channels.DELETE_DEFINITION, definitions::delete),
                bus.answer(Channels.APPLY_DEFINITIONS, documents::apply),
                bus.answer(Channels.LIST_AUDIT, definitions::audit),
                bus.answer(Channels.READ_SCHEDULE, schedules::read),
                bus.answer(Channels.PUT_SCHEDULE, schedules::put),
                applied.listen()))
        .onSuccess(
            served -> {
              applied.announce(flags.revision());
              schedules.look();
            });
  }

  /** Highest revision that a node was heard to act by lately; 0 when there is none. */
  long highestRevision() {
    return applied.highest();
  }

  /** Ends it; completed when nothing is under way. */
  Future<Void> stop() {
    vertx.cancelTimer(timer);
    return schedules.stop();
  }
}
