package io.growthbus.entitlements.provider;

import static io.growthbus.entitlements.provider.JsonFields.moment;
import static io.growthbus.entitlements.provider.JsonFields.reference;
import static io.growthbus.entitlements.provider.JsonFields.seconds;
import static io.growthbus.entitlements.provider.JsonFields.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.BillingEvent.CheckoutCompleted;
import io.growthbus.entitlements.core.BillingEvent.CustomerDeleted;
import io.growthbus.entitlements.core.BillingEvent.FeaturesReported;
import io.growthbus.entitlements.core.BillingEvent.PaymentReported;
import io.growthbus.entitlements.core.BillingEvent.SubscriptionReported;
import io.growthbus.entitlements.core.BillingEvent.Unrelated;
import io.growthbus.entitlements.core.Terms;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.config.GrowthConfig.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads Stripe's snapshot events. Its thin events carry no state; they are acknowledged and kept as
 * not supported.
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
    if (id == null || type == null || !JsonFields.isName(id) || !JsonFields.isName(type)) {
      return Optional.empty();
    }
    if ("v2.core.event".equals(text(event.path("object")))) {
      Long at = moment(event.path("created"));
      return Optional.of(new Unrelated(id, at == null ? 0 : at, null, null, false));
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
          case "customer.deleted" -> customerDeleted(id, created, object);
          case "entitlements.active_entitlement_summary.updated" -> features(id, created, object);
          case "customer.created", "customer.updated" ->
              new Unrelated(id, created, null, text(object.path("id")));
          default -> new Unrelated(id, created, null, reference(object.path("customer")));
        });
  }

  private static BillingEvent subscription(
      String id, long created, int rank, JsonNode object, Entitlements config) {
    String subscriptionId = text(object.path("id"));
    boolean deleted = rank == 2;
    String status =
        Optional.ofNullable(text(object.path("status"))).orElse(deleted ? "canceled" : null);
    if (subscriptionId == null || status == null) {
      // A part of a subscription says nothing about the plan.
      return new Unrelated(
          id, created, subscriptionId, reference(object.path("customer")), subscriptionId == null);
    }
    JsonNode item = plan(object, config);
    Long itemEnd = seconds(item.path("current_period_end"));
    return new SubscriptionReported(
        id,
        created,
        -1,
        rank,
        subscriptionId,
        reference(object.path("customer")),
        text(object.path("metadata").path("user_id")),
        text(object.path("metadata").path("account_id")),
        tier(object, item, config),
        Terms.NONE,
        status,
        itemEnd == null ? seconds(object.path("current_period_end")) : itemEnd,
        seconds(object.path("trial_end")),
        seconds(object.path("ended_at")),
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

  private static BillingEvent customerDeleted(String id, long created, JsonNode customer) {
    String customerId = text(customer.path("id"));
    return customerId == null
        ? new Unrelated(id, created, null, null)
        : new CustomerDeleted(id, created, customerId);
  }

  private static BillingEvent features(String id, long created, JsonNode summary) {
    String customer = reference(summary.path("customer"));
    if (customer == null) {
      return new Unrelated(id, created, null, null);
    }
    List<String> keys = new ArrayList<>();
    JsonNode entitlements = summary.path("entitlements");
    for (JsonNode entitlement : entitlements.path("data")) {
      String key = text(entitlement.path("lookup_key"));
      if (JsonFields.isName(key) && key != null) {
        keys.add(key);
      }
    }
    boolean whole = !entitlements.path("has_more").asBoolean(false);
    return new FeaturesReported(id, created, customer, keys, whole);
  }
}
