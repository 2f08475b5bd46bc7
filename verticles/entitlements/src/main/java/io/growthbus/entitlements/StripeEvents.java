package io.growthbus.entitlements;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.BillingEvent.CheckoutCompleted;
import io.growthbus.entitlements.core.BillingEvent.PaymentReported;
import io.growthbus.entitlements.core.BillingEvent.SubscriptionReported;
import io.growthbus.entitlements.core.BillingEvent.Unrelated;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.config.GrowthConfig.Plan;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads Stripe's snapshot events.
 *
 * <p>Source: Stripe's API reference. The end of the period is on the item since API version
 * 2025-03-31 and was on the subscription before; the subscription of an invoice moved under {@code
 * parent} with the same version. Both places are read.
 */
final class StripeEvents {
  private StripeEvents() {}

  /**
   * The event in the words of this room; empty when it has no id or no type.
   *
   * @param config says which prices stand for which tier
   */
  static Optional<BillingEvent> read(JsonNode event, Entitlements config) {
    String id = text(event.path("id"));
    String type = text(event.path("type"));
    if (id == null || type == null || id.length() > 255 || type.length() > 255) {
      return Optional.empty();
    }
    long created = event.path("created").asLong(0) * 1000;
    JsonNode object = event.path("data").path("object");
    return Optional.of(
        switch (type) {
          case "customer.subscription.created" -> subscription(id, created, 0, object, config);
          case "customer.subscription.updated",
              "customer.subscription.paused",
              "customer.subscription.resumed" ->
              subscription(id, created, 1, object, config);
          case "customer.subscription.deleted" -> subscription(id, created, 2, object, config);
          case "invoice.payment_failed" -> payment(id, created, object, false);
          case "invoice.paid", "invoice.payment_succeeded" -> payment(id, created, object, true);
          case "checkout.session.completed" -> checkout(id, created, object);
          default -> new Unrelated(id, created, null, reference(object.path("customer")));
        });
  }

  private static BillingEvent subscription(
      String id, long created, int rank, JsonNode object, Entitlements config) {
    String subscriptionId = text(object.path("id"));
    if (subscriptionId == null) {
      return new Unrelated(id, created, null, reference(object.path("customer")));
    }
    JsonNode item = plan(object, config);
    Long itemEnd = time(item.path("current_period_end"));
    boolean deleted = rank == 2;
    return new SubscriptionReported(
        id,
        created,
        rank,
        subscriptionId,
        reference(object.path("customer")),
        text(object.path("metadata").path("user_id")),
        tier(object, item, config),
        Optional.ofNullable(text(object.path("status")))
            .orElse(deleted ? "canceled" : "incomplete"),
        itemEnd == null ? time(object.path("current_period_end")) : itemEnd,
        time(object.path("trial_end")),
        time(object.path("ended_at")),
        object.path("cancel_at_period_end").asBoolean(false),
        deleted);
  }

  /** The item that stands for a tier; add-ons beside it may come first. */
  private static JsonNode plan(JsonNode subscription, Entitlements config) {
    JsonNode items = subscription.path("items").path("data");
    for (JsonNode item : items) {
      if (tier(MissingNode.getInstance(), item, config) != null) {
        return item;
      }
    }
    return items.path(0);
  }

  private static @Nullable String tier(JsonNode subscription, JsonNode item, Entitlements config) {
    JsonNode price = item.path("price");
    for (JsonNode owner : new JsonNode[] {subscription, price, price.path("product")}) {
      String named = text(owner.path("metadata").path("tier"));
      if (named != null) {
        return named;
      }
    }
    String lookupKey = text(price.path("lookup_key"));
    String priceId = text(price.path("id"));
    return config.plans().stream()
        .filter(
            plan -> plan.prices().stream().anyMatch(p -> p.equals(lookupKey) || p.equals(priceId)))
        .map(Plan::tier)
        .findFirst()
        .orElse(null);
  }

  private static BillingEvent payment(String id, long created, JsonNode invoice, boolean paid) {
    String direct = reference(invoice.path("subscription"));
    String subscription =
        direct == null
            ? reference(invoice.path("parent").path("subscription_details").path("subscription"))
            : direct;
    String customer = reference(invoice.path("customer"));
    return subscription == null
        ? new Unrelated(id, created, null, customer)
        : new PaymentReported(id, created, subscription, customer, paid);
  }

  private static BillingEvent checkout(String id, long created, JsonNode session) {
    String user = text(session.path("client_reference_id"));
    String subscription = reference(session.path("subscription"));
    String customer = reference(session.path("customer"));
    return user == null
        ? new Unrelated(id, created, subscription, customer)
        : new CheckoutCompleted(id, created, subscription, customer, user);
  }

  /** An id, or the id of an expanded object. */
  private static @Nullable String reference(JsonNode node) {
    return node.isObject() ? text(node.path("id")) : text(node);
  }

  private static @Nullable String text(JsonNode node) {
    return node.isTextual() && !node.textValue().isEmpty() ? node.textValue() : null;
  }

  private static @Nullable Long time(JsonNode seconds) {
    return seconds.canConvertToLong() && seconds.isIntegralNumber()
        ? Long.valueOf(seconds.longValue() * 1000)
        : null;
  }
}
