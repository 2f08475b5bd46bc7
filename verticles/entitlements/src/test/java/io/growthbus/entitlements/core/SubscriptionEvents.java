package io.growthbus.entitlements.core;

import io.growthbus.entitlements.core.BillingEvent.CheckoutCompleted;
import io.growthbus.entitlements.core.BillingEvent.PaymentReported;
import io.growthbus.entitlements.core.BillingEvent.SubscriptionReported;
import org.jspecify.annotations.Nullable;

/**
 * Events of one subscription of a test, as a billing system would report them.
 *
 * @param customerId its customer
 * @param userId user that the subscription names itself, or null
 * @param tier tier that it stands for, or null
 */
public record SubscriptionEvents(
    String subscriptionId,
    @Nullable String customerId,
    @Nullable String userId,
    @Nullable String tier) {

  /** End of the period that every report names, ms since the epoch. */
  public static final long PERIOD_END_MS = 2_000_000_000_000L;

  /** Report {@code customer.subscription.created}. */
  public SubscriptionReported created(String eventId, long atS, String status) {
    return reported(eventId, atS, 0, status, null);
  }

  /** Report {@code customer.subscription.updated}. */
  public SubscriptionReported updated(String eventId, long atS, String status) {
    return reported(eventId, atS, 1, status, null);
  }

  /** Report {@code customer.subscription.deleted}. */
  public SubscriptionReported deleted(String eventId, long atS) {
    return reported(eventId, atS, 2, "canceled", atS * 1000);
  }

  /** Report {@code invoice.payment_failed}. */
  public PaymentReported failed(String eventId, long atS) {
    return new PaymentReported(eventId, atS * 1000, subscriptionId, customerId, false);
  }

  /** Report {@code invoice.paid}. */
  public PaymentReported paid(String eventId, long atS) {
    return new PaymentReported(eventId, atS * 1000, subscriptionId, customerId, true);
  }

  /** Report {@code checkout.session.completed} of a user. */
  public CheckoutCompleted checkout(String eventId, long atS, String user) {
    return new CheckoutCompleted(eventId, atS * 1000, subscriptionId, customerId, user);
  }

  private SubscriptionReported reported(
      String eventId, long atS, int rank, String status, @Nullable Long endedAtMs) {
    return new SubscriptionReported(
        eventId,
        atS * 1000,
        rank,
        subscriptionId,
        customerId,
        userId,
        tier,
        status,
        PERIOD_END_MS,
        null,
        endedAtMs,
        false,
        rank == 2);
  }
}
