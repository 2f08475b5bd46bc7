package io.growthbus.entitlements.core;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A delivery of a billing system in the words of this room, whatever the provider.
 *
 * <p>Events of one subscription are ordered by the provider's version where it gives one, then by
 * its time, then by rank (created, then updated, then deleted), then by id: the same order on every
 * node, in whatever order they arrive. An event without a version comes before all with one.
 */
public sealed interface BillingEvent {
  /** The order in which events count. */
  Comparator<BillingEvent> ORDER =
      Comparator.comparingLong(BillingEvent::version)
          .thenComparingLong(BillingEvent::createdMs)
          .thenComparingInt(BillingEvent::rank)
          .thenComparing(BillingEvent::eventId);

  /** The provider's id of the event. */
  String eventId();

  /** When it happened by the provider, ms since the epoch. */
  long createdMs();

  /** Rank among events of the same time. */
  int rank();

  /** The provider's own count of changes, 0 or more; -1 when it gives none. */
  default long version() {
    return -1;
  }

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
   * @param version the provider's own count of changes, or -1
   * @param rank 0 created, 1 updated, 2 deleted
   * @param userId user that the subscription names itself, or null
   * @param accountId account that it names itself, or null
   * @param tier tier that it stands for, or null when nothing says so
   * @param terms what it grants beside the tier
   * @param status status in Stripe's words
   * @param deleted whether it ended for good
   */
  record SubscriptionReported(
      String eventId,
      long createdMs,
      long version,
      int rank,
      String subscriptionId,
      @Nullable String customerId,
      @Nullable String userId,
      @Nullable String accountId,
      @Nullable String tier,
      Terms terms,
      String status,
      @Nullable Long periodEndMs,
      @Nullable Long trialEndMs,
      @Nullable Long endedAtMs,
      boolean cancelAtPeriodEnd,
      boolean deleted)
      implements BillingEvent {

    /** A subscription of a user, with what the tier has, from a provider that counts nothing. */
    public SubscriptionReported(
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
        boolean deleted) {
      this(
          eventId,
          createdMs,
          -1,
          rank,
          subscriptionId,
          customerId,
          userId,
          null,
          tier,
          Terms.NONE,
          status,
          periodEndMs,
          trialEndMs,
          endedAtMs,
          cancelAtPeriodEnd,
          deleted);
    }
  }

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

  /** A customer who is no more: every subscription of theirs ended with them. */
  record CustomerDeleted(String eventId, long createdMs, String customerId)
      implements BillingEvent {
    @Override
    public int rank() {
      return 2;
    }

    @Override
    public @Nullable String subscriptionId() {
      return null;
    }
  }

  /**
   * Everything that a customer has features of, in place of what was said before.
   *
   * @param features keys
   * @param whole false when the provider says that there are more
   */
  record FeaturesReported(
      String eventId, long createdMs, String customerId, List<String> features, boolean whole)
      implements BillingEvent {
    public FeaturesReported {
      features = List.copyOf(features);
    }

    @Override
    public int rank() {
      return 1;
    }

    @Override
    public @Nullable String subscriptionId() {
      return null;
    }
  }

  /**
   * An event that says nothing about entitlements; kept and visible.
   *
   * @param supported false when it would say something, in a form that cannot be read here
   */
  record Unrelated(
      String eventId,
      long createdMs,
      @Nullable String subscriptionId,
      @Nullable String customerId,
      boolean supported)
      implements BillingEvent {
    public Unrelated(
        String eventId,
        long createdMs,
        @Nullable String subscriptionId,
        @Nullable String customerId) {
      this(eventId, createdMs, subscriptionId, customerId, true);
    }

    @Override
    public int rank() {
      return 0;
    }
  }
}
