package io.growthbus.activation;

import io.growthbus.activation.core.Crossings;
import io.growthbus.activation.core.Crossings.Reached;
import io.growthbus.activation.core.Crossings.UserLimits;
import io.growthbus.activation.store.PromptStore;
import io.growthbus.activation.store.PromptStore.Place;
import io.growthbus.activation.store.PromptStore.StoredPrompt;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.ResolveEntitlement;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Turns counters into crossings: those that are told, and those whose message was lost. */
final class CrossingWatch {
  private final PromptStore store;
  private final Bus bus;
  private final Supplier<List<Rule>> rules;
  private final ActivationSettings settings;
  private final InstantSource clock;
  private final StoredCrossings stored = new StoredCrossings();

  /**
   * @param rules the rules of this moment
   * @param clock the time by which events are fresh or not
   */
  CrossingWatch(
      PromptStore store,
      Bus bus,
      Supplier<List<Rule>> rules,
      ActivationSettings settings,
      InstantSource clock) {
    this.store = store;
    this.bus = bus;
    this.rules = rules;
    this.settings = settings;
    this.clock = clock;
  }

  /** New crossings, and whether all that could be are among them. */
  private record Crossed(List<StoredPrompt> prompts, boolean complete) {}

  /**
   * Stores what these counters have crossed. A counter whose times are not known, as an earlier
   * release tells it, is left to the sweep.
   *
   * @return the new prompts that wait to be shown
   */
  Future<List<StoredPrompt>> told(List<MeterReading> readings) {
    List<MeterReading> known =
        readings.stream().filter(reading -> reading.occurredAtMs() != null).toList();
    return cross(rules.get(), known, stored::without).map(Crossed::prompts);
  }

  /**
   * Looks for counters whose crossings are missing.
   *
   * @param show what is done with new prompts of a page before the next is looked for
   */
  Future<Void> sweep(Function<List<StoredPrompt>, Future<Void>> show) {
    return pages(rules.get(), null, show, true);
  }

  /** Where the limits of somebody could not be read, the same counters are looked at again. */
  private Future<Void> pages(
      List<Rule> all,
      @Nullable Place from,
      Function<List<StoredPrompt>, Future<Void>> show,
      boolean complete) {
    return store
        .missed(all, settings.sweepWindow(), settings.sweep().multipliedBy(9).dividedBy(10), from)
        .compose(
            missed ->
                cross(all, missed.readings(), reached -> reached)
                    .compose(
                        crossed ->
                            show.apply(crossed.prompts()).map(complete && crossed.complete()))
                    .compose(
                        known -> {
                          if (missed.next() != null) {
                            return pages(all, missed.next(), show, known);
                          }
                          return known ? store.swept(missed.asOf()) : Future.succeededFuture();
                        }));
  }

  /**
   * @param open leaves those of which it is not certain that they are stored
   */
  private Future<Crossed> cross(
      List<Rule> all, List<MeterReading> readings, UnaryOperator<List<Reached>> open) {
    if (readings.isEmpty()) {
      return Future.succeededFuture(new Crossed(List.of(), true));
    }
    Set<String> limited =
        all.stream().filter(Crossings::needsLimit).map(Rule::meter).collect(Collectors.toSet());
    Set<String> users = new TreeSet<>();
    readings.stream()
        .filter(reading -> limited.contains(reading.meter()))
        .forEach(reading -> users.add(reading.userId()));
    return limits(users)
        .compose(
            known -> {
              List<Reached> reached =
                  open.apply(
                      Crossings.of(
                          all,
                          readings,
                          user -> Optional.ofNullable(known.get(user)),
                          clock.millis()));
              boolean complete = known.keySet().containsAll(users);
              return reached.isEmpty()
                  ? Future.succeededFuture(new Crossed(List.of(), complete))
                  : store
                      .cross(reached, settings.firstPush())
                      .onSuccess(prompts -> stored.stored(reached))
                      .map(prompts -> new Crossed(prompts, complete));
            });
  }

  /** The limits of those of whom they are known for sure. */
  private Future<Map<String, UserLimits>> limits(Set<String> users) {
    Map<String, UserLimits> known = new HashMap<>();
    List<Future<Void>> asked = new ArrayList<>();
    for (String user : users) {
      asked.add(
          bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(user))
              .<Void>map(
                  entitlement -> {
                    if (entitlement.state() != State.FALLBACK) {
                      known.put(user, limits(entitlement));
                    }
                    return null;
                  })
              .otherwiseEmpty());
    }
    return Future.join(asked).map(known);
  }

  private static UserLimits limits(Entitlement entitlement) {
    return meter -> entitlement.limits().get(meter);
  }
}
