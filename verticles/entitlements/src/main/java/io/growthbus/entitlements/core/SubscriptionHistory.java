package io.growthbus.entitlements.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a subscription was at every moment: at each, what {@link Projection} makes of the events
 * that had happened by then.
 *
 * <p>So the past too is a function of the set of events. A delivery that comes late corrects it
 * from the time of its event on, and in whatever order all of them arrive it is the same.
 */
public final class SubscriptionHistory {
  private SubscriptionHistory() {}

  /**
   * Whose a customer or subscription of the provider is since a moment, as a checkout said.
   *
   * @param externalId id of the customer or of the subscription
   * @param sinceMs ms since the epoch
   */
  public record Link(String externalId, String userId, long sinceMs, String eventId) {}

  /**
   * A state and since when it was the one; it ends where the next one begins.
   *
   * @param fromMs first moment, ms since the epoch
   */
  public record Period(long fromMs, Subscription state) {}

  /**
   * The states one after the other, the first one first.
   *
   * @param states by the moment from which on each was the one
   * @param links of the subscription and of its customers, in any order
   */
  public static List<Period> of(NavigableMap<Long, Subscription> states, Collection<Link> links) {
    TreeSet<Long> moments = new TreeSet<>(states.keySet());
    links.forEach(link -> moments.add(link.sinceMs()));
    List<Period> periods = new ArrayList<>();
    Subscription before = null;
    for (long moment : moments) {
      Map.Entry<Long, Subscription> then = states.floorEntry(moment);
      Subscription state = then == null ? null : linked(then.getValue(), links, moment);
      if (state != null && !state.equals(before)) {
        periods.add(new Period(moment, state));
        before = state;
      }
    }
    return periods;
  }

  /** The same of the user who was linked by then, unless it says itself whose it is. */
  private static Subscription linked(
      Subscription subscription, Collection<Link> links, long moment) {
    if (subscription.isLinked()) {
      return subscription;
    }
    return Stream.of(
            Optional.of(subscription.subscriptionId()),
            Optional.ofNullable(subscription.customerId()))
        .flatMap(Optional::stream)
        .flatMap(id -> latest(links, id, moment).stream())
        .findFirst()
        .map(link -> subscription.of(link.userId()))
        .orElse(subscription);
  }

  private static Optional<Link> latest(Collection<Link> links, String externalId, long moment) {
    return links.stream()
        .filter(link -> link.externalId().equals(externalId) && link.sinceMs() <= moment)
        .max(Comparator.comparingLong(Link::sinceMs).thenComparing(Link::eventId));
  }

  /** Ids under which the user of a subscription is looked for when it does not say so itself. */
  public static List<String> idsToLink(NavigableMap<Long, Subscription> states) {
    return states.values().stream()
        .filter(state -> !state.isLinked())
        .flatMap(state -> Stream.of(state.subscriptionId(), state.customerId()))
        .filter(Objects::nonNull)
        .distinct()
        .toList();
  }
}
