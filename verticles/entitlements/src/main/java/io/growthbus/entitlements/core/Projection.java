package io.growthbus.entitlements.core;

import io.growthbus.entitlements.core.BillingEvent.CustomerDeleted;
import io.growthbus.entitlements.core.BillingEvent.PaymentReported;
import io.growthbus.entitlements.core.BillingEvent.SubscriptionReported;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The state of a subscription as a function of the set of its events.
 *
 * <p>Design: nothing is applied to a state that is there; the state is computed from all events
 * that are known, in {@link BillingEvent#ORDER}. So no order, repetition or delay of deliveries can
 * matter, and the end of a subscription is final whatever comes after it. Subscriptions have some
 * dozens of events in their life; reading them again costs less than one round trip.
 */
public final class Projection {
  private static final Set<String> KNOWN =
      Set.of(
          "incomplete",
          "incomplete_expired",
          "trialing",
          "active",
          "past_due",
          "canceled",
          "unpaid",
          "paused");

  private @Nullable SubscriptionReported latest;
  private @Nullable String userId;
  private @Nullable String accountId;
  private @Nullable String tier;
  private String status = "incomplete";
  private @Nullable Long paymentFailedMs;
  private @Nullable Long pastDueSinceMs;
  private @Nullable Long unknownSinceMs;
  private @Nullable Long customerEndedMs;
  private boolean isOver;

  private Projection() {}

  /**
   * The state after all these events; empty when none of them reports the subscription itself.
   *
   * @param events of one subscription and of its customer, in any order, repetitions allowed
   */
  public static Optional<Subscription> of(Collection<? extends BillingEvent> events) {
    return inOrder(ordered(events).stream());
  }

  private static Optional<Subscription> inOrder(Stream<BillingEvent> ordered) {
    Projection projection = new Projection();
    ordered.forEachOrdered(projection::apply);
    return projection.result();
  }

  /**
   * The states after the events up to each moment at which one of them happened: at a moment, that
   * of the greatest key that is not above it.
   *
   * @param events as of {@link #of}
   * @return by ms since the epoch; without the moments up to which nothing reports the subscription
   */
  public static NavigableMap<Long, Subscription> atEachMoment(
      Collection<? extends BillingEvent> events) {
    List<BillingEvent> ordered = ordered(events);
    NavigableMap<Long, Subscription> states = new TreeMap<>();
    if (isInTime(ordered)) {
      Projection projection = new Projection();
      for (BillingEvent event : ordered) {
        projection.apply(event);
        projection.result().ifPresent(state -> states.put(event.createdMs(), state));
      }
      return states;
    }
    // Versions count before times: events that had not happened by then are in between.
    ordered.stream()
        .map(BillingEvent::createdMs)
        .distinct()
        .forEach(
            moment ->
                inOrder(ordered.stream().filter(event -> event.createdMs() <= moment))
                    .ifPresent(state -> states.put(moment, state)));
    return states;
  }

  private static List<BillingEvent> ordered(Collection<? extends BillingEvent> events) {
    Map<String, BillingEvent> distinct = new LinkedHashMap<>();
    events.forEach(event -> distinct.putIfAbsent(event.eventId(), event));
    return distinct.values().stream().sorted(BillingEvent.ORDER).toList();
  }

  private static boolean isInTime(List<BillingEvent> ordered) {
    return IntStream.range(1, ordered.size())
        .allMatch(i -> ordered.get(i - 1).createdMs() <= ordered.get(i).createdMs());
  }

  private void apply(BillingEvent event) {
    if (isOver) {
      return;
    }
    if (event instanceof SubscriptionReported reported) {
      apply(reported);
      isOver = reported.deleted();
    } else if (event instanceof PaymentReported payment) {
      apply(payment);
    } else if (event instanceof CustomerDeleted deleted) {
      customerEndedMs = deleted.createdMs();
    }
  }

  private void apply(SubscriptionReported event) {
    latest = event;
    userId = event.userId() == null ? userId : event.userId();
    accountId = event.accountId() == null ? accountId : event.accountId();
    tier = event.tier() == null ? tier : event.tier();
    String word = event.deleted() ? "canceled" : event.status();
    if (!KNOWN.contains(word)) {
      unknownSinceMs = unknownSinceMs == null ? Long.valueOf(event.createdMs()) : unknownSinceMs;
      return;
    }
    unknownSinceMs = null;
    if (word.equals("active") || word.equals("trialing")) {
      // Paid up: a failure before has ended, whether or not its invoice.paid was ever delivered.
      paymentFailedMs = null;
    }
    if (!word.equals("past_due")) {
      pastDueSinceMs = null;
    } else if (pastDueSinceMs == null) {
      pastDueSinceMs = paymentFailedMs == null ? Long.valueOf(event.createdMs()) : paymentFailedMs;
    }
    status = word;
  }

  private void apply(PaymentReported event) {
    if (event.paid()) {
      paymentFailedMs = null;
    } else if (paymentFailedMs == null) {
      paymentFailedMs = event.createdMs();
    }
  }

  private Optional<Subscription> result() {
    SubscriptionReported last = latest;
    if (last == null) {
      return Optional.empty();
    }
    Long ended = customerEndedMs;
    if (ended != null && !(status.equals("canceled") && last.endedAtMs() != null)) {
      return Optional.of(
          state(last, "canceled", ended, null, null, Math.max(ended, last.createdMs())));
    }
    // An end without a time ended when it was reported.
    Long endedAt =
        status.equals("canceled") && last.endedAtMs() == null
            ? Long.valueOf(last.createdMs())
            : last.endedAtMs();
    return Optional.of(
        state(last, status, endedAt, pastDueSinceMs, unknownSinceMs, last.createdMs()));
  }

  private Subscription state(
      SubscriptionReported last,
      String statusNow,
      @Nullable Long endedAtMs,
      @Nullable Long overdueSinceMs,
      @Nullable Long oddSinceMs,
      long eventMs) {
    return new Subscription(
        last.subscriptionId(),
        last.customerId(),
        userId,
        accountId,
        tier,
        last.terms(),
        statusNow,
        last.periodEndMs(),
        last.trialEndMs(),
        endedAtMs,
        last.cancelAtPeriodEnd(),
        overdueSinceMs,
        oddSinceMs,
        eventMs);
  }
}
