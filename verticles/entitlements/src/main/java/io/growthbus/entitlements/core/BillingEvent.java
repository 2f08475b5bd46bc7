package io.growthbus.entitlements.core;

import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A delivery of a billing system in the words of this room, whatever the provider.
 *
 * <p>Events of one subscription are ordered by the time that the provider gives, then by rank
 * (created, then updated, then deleted), then by id: the same order on every node, in whatever
 * order they arrive.
 */
public sealed interface BillingEvent {
  /** The order in which events count. */
  Comparator<BillingEvent> ORDER =
      Comparator.comparingLong(BillingEvent::createdMs)
          .thenComparingInt(BillingEvent::rank)
          .thenComparing(BillingEvent::eventId);

  /** The provider's id of the event. */
  String eventId();

  /** When it happened by the provider, ms since the epoch. */
  long createdMs();

  /** Rank among events of the same time. */
  int rank();

  /** The provider's id of the subscription, or null. */
  @Nullable String subscriptionId();

  /** The provider's id of the customer, or null. */
  @Nullable String customerId();

  /** The user that it names itself. */
  default Optional<String> namedUser() {
    if (this instanceof SubscriptionReported subscription) {
      return Optional.ofNullable(subscription.userId());
    }
    return this instanceof CheckoutCompleted checkout
        ? Optional.of(checkout.userId())
        : Optional.empty();
  }

  /**
   * A subscription as it is after the event.
   *
   * @param rank 0 created, 1 updated, 2 deleted
   * @param userId user that the subscription names itself, or null
   * @param tier tier that it stands for, or null when nothing says so
   * @param status status in Stripe's words
   * @param deleted whether it ended for good
   */
  record SubscriptionReported(
      String eventId,
      long createdMs,
      int rank,
      String subscriptionId,
      @Nullable String customerId,
      @Nullable String userId,
      @Nullable String tier,
      String status,
      @Nullable Long periodEndMs,
      @Nullable Long trialEndMs,
      @Nullable Long endedAtMs,
      boolean cancelAtPeriodEnd,
      boolean deleted)
      implements BillingEvent {}

  /**
   * A payment that was made or failed.
   *
   * @param paid false when it failed
   */
  record PaymentReported(
      String eventId,
      long createdMs,
      String subscriptionId,
      @Nullable String customerId,
      boolean paid)
      implements BillingEvent {
    @Override
    public int rank() {
      return 1;
    }
  }

  /** A finished checkout, which says which user a customer is. */
  record CheckoutCompleted(
      String eventId,
      long createdMs,
      @Nullable String subscriptionId,
      @Nullable String customerId,
      String userId)
      implements BillingEvent {
    @Override
    public int rank() {
      return 0;
    }
  }

  /** An event that says nothing about entitlements; kept and visible. */
  record Unrelated(
      String eventId, long createdMs, @Nullable String subscriptionId, @Nullable String customerId)
      implements BillingEvent {
    @Override
    public int rank() {
      return 0;
    }
  }
}
