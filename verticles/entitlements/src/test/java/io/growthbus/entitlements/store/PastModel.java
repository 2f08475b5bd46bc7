package io.growthbus.entitlements.store;

import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.BillingEvent.CheckoutCompleted;
import io.growthbus.entitlements.core.BillingEvent.FeaturesReported;
import io.growthbus.entitlements.core.Overrides.Said;
import io.growthbus.entitlements.core.Projection;
import io.growthbus.entitlements.core.Subscription;
import io.growthbus.entitlements.store.SubscriptionStore.UserSubscriptions;
import io.growthbus.shared.config.EntitlementOverride;
import io.growthbus.shared.message.OverrideSubject;
import io.growthbus.shared.message.OverrideSubject.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a world of the test was at a moment: everything that happened later is left out, and the
 * rest is looked at as if it were all. The customer {@code cus} has {@code s1} and {@code s2}, the
 * account {@code acme} has {@code s3}, and only {@code bob} is ever its member.
 */
final class PastModel {
  private static final Comparator<BillingEvent> LATEST =
      Comparator.comparingLong(BillingEvent::createdMs).thenComparing(BillingEvent::eventId);

  private final String name;
  private final List<BillingEvent> events = new ArrayList<>();
  private final NavigableMap<Long, Boolean> membership = new TreeMap<>();
  private final Map<OverrideSubject, NavigableMap<Long, Optional<EntitlementOverride>>> overrides =
      new HashMap<>();

  PastModel(String name) {
    this.name = name;
  }

  void add(BillingEvent event) {
    events.add(event);
  }

  void member(long atMs, boolean member) {
    membership.put(atMs, member);
  }

  void override(OverrideSubject subject, long atMs, Optional<EntitlementOverride> override) {
    overrides.computeIfAbsent(subject, s -> new TreeMap<>()).put(atMs, override);
  }

  Optional<EntitlementOverride> override(OverrideSubject subject, long atMs) {
    return Optional.ofNullable(overrides.get(subject))
        .map(changes -> changes.floorEntry(atMs))
        .flatMap(Map.Entry::getValue);
  }

  UserSubscriptions at(String user, long atMs) {
    boolean member =
        user.equals(name + "bob")
            && Optional.ofNullable(membership.floorEntry(atMs))
                .map(Map.Entry::getValue)
                .orElse(false);
    List<Subscription> subscriptions = new ArrayList<>();
    Set<String> features = new HashSet<>();
    for (String id : List.of(name + "s1", name + "s2", name + "s3")) {
      subscription(id, atMs)
          .filter(s -> user.equals(s.userId()) || (member && s.accountId() != null))
          .ifPresent(
              s -> {
                subscriptions.add(s);
                features.addAll(features(s.customerId(), atMs));
              });
    }
    EntitlementOverride own = override(new OverrideSubject(Kind.USER, user), atMs).orElse(null);
    List<EntitlementOverride> ofAccounts =
        member
            ? override(new OverrideSubject(Kind.ACCOUNT, name + "acme"), atMs).stream().toList()
            : List.of();
    return new UserSubscriptions(
        subscriptions,
        features,
        0,
        new Said(own, ofAccounts, member ? List.of(name + "acme") : List.of()));
  }

  private Stream<BillingEvent> until(long atMs) {
    return events.stream().filter(event -> event.createdMs() <= atMs);
  }

  private Optional<Subscription> subscription(String id, long atMs) {
    List<BillingEvent> concerning =
        until(atMs)
            .filter(
                event ->
                    id.equals(event.subscriptionId())
                        || (event.subscriptionId() == null && !id.endsWith("s3")))
            .toList();
    return Projection.of(concerning)
        .map(
            subscription ->
                subscription.isLinked()
                    ? subscription
                    : Stream.of(subscription.subscriptionId(), subscription.customerId())
                        .flatMap(external -> linked(external, atMs).stream())
                        .findFirst()
                        .map(subscription::of)
                        .orElse(subscription));
  }

  private Optional<String> linked(@Nullable String external, long atMs) {
    return until(external == null ? Long.MIN_VALUE : atMs)
        .filter(CheckoutCompleted.class::isInstance)
        .map(CheckoutCompleted.class::cast)
        .filter(
            checkout ->
                Objects.equals(checkout.subscriptionId(), external)
                    || Objects.equals(checkout.customerId(), external))
        .max(LATEST)
        .map(CheckoutCompleted::userId);
  }

  private List<String> features(@Nullable String customer, long atMs) {
    return until(atMs)
        .filter(FeaturesReported.class::isInstance)
        .map(FeaturesReported.class::cast)
        .filter(reported -> reported.customerId().equals(customer))
        .max(LATEST)
        .map(FeaturesReported::features)
        .orElse(List.of());
  }
}
