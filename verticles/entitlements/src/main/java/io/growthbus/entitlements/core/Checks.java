package io.growthbus.entitlements.core;

import io.growthbus.shared.config.Catalogue.LimitRule;
import io.growthbus.shared.config.Catalogue.OutagePosture;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.config.GrowthConfig.Tier;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.EntitlementVerdict;
import io.growthbus.shared.message.EntitlementVerdict.Unlock;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whether a user may use something, from the entitlement and what is used.
 *
 * <p>While the entitlement is a guess, or nobody can say how much is used, the posture of the
 * feature or limit decides, and nothing is offered for sale.
 */
public final class Checks {
  private Checks() {}

  /**
   * How much is used.
   *
   * @param resetsAtMs when the next period begins, ms since the epoch, or null
   */
  public record Usage(BigDecimal used, @Nullable Long resetsAtMs) {}

  /** Whether a name is a limit of some tier or of this user. */
  public static boolean isLimit(String name, Entitlement entitlement, Entitlements config) {
    return entitlement.limits().containsKey(name)
        || entitlement.unlimited().contains(name)
        || config.tiers().stream().anyMatch(tier -> hasLimit(tier, name));
  }

  /** Whether a name is a feature of some tier or of this user. */
  public static boolean isFeature(String name, Entitlement entitlement, Entitlements config) {
    return entitlement.features().contains(name)
        || config.tiers().stream().anyMatch(tier -> tier.features().contains(name));
  }

  /** Whether how much is used has to be known. */
  public static boolean needsUsage(String limit, Entitlement entitlement) {
    return entitlement.state() != State.FALLBACK && entitlement.limits().containsKey(limit);
  }

  /** Whether a user may use a feature that has no number. */
  public static EntitlementVerdict feature(
      String feature, Entitlement entitlement, Entitlements config) {
    if (entitlement.state() == State.FALLBACK) {
      return inOutage(config.catalogue().posture(feature), null, entitlement, config);
    }
    return entitlement.features().contains(feature)
        ? verdict(true, "included", null, null, false, entitlement, null)
        : verdict(
            false,
            "not_included",
            null,
            null,
            false,
            entitlement,
            unlock(feature, entitlement, config, tier -> tier.features().contains(feature)));
  }

  /**
   * Whether a user may use an amount of what has a limit.
   *
   * @param usage null when it was not needed, or cannot be read
   */
  public static EntitlementVerdict limit(
      String name,
      long amount,
      @Nullable Usage usage,
      Entitlement entitlement,
      Entitlements config) {
    LimitRule rule = config.catalogue().limit(name);
    if (entitlement.state() == State.FALLBACK) {
      return inOutage(rule.onOutage(), null, entitlement, config);
    }
    if (entitlement.unlimited().contains(name)) {
      return verdict(true, "unlimited", null, usage, false, entitlement, null);
    }
    Long limit = entitlement.limits().get(name);
    if (limit == null) {
      Unlock unlock = unlock(name, entitlement, config, tier -> fits(tier, name, amount, usage));
      return verdict(false, "not_included", null, usage, false, entitlement, unlock);
    }
    if (usage == null) {
      return inOutage(rule.onOutage(), limit, entitlement, config);
    }
    if (isWithin(limit, amount, usage)) {
      return verdict(true, "within_limit", limit, usage, false, entitlement, null);
    }
    return rule.soft()
        ? verdict(true, "over_soft_limit", limit, usage, true, entitlement, null)
        : verdict(
            false,
            "limit_reached",
            limit,
            usage,
            false,
            entitlement,
            unlock(name, entitlement, config, tier -> fits(tier, name, amount, usage)));
  }

  /** The lowest higher tier whose limit an amount fits in; empty when there is none. */
  public static Optional<Unlock> unlockFor(
      String limit, long amount, long used, Entitlement entitlement, Entitlements config) {
    Usage usage = new Usage(BigDecimal.valueOf(used), null);
    return Optional.ofNullable(
        unlock(limit, entitlement, config, tier -> fits(tier, limit, amount, usage)));
  }

  private static @Nullable Unlock unlock(
      String name, Entitlement entitlement, Entitlements config, Predicate<Tier> allows) {
    int rank = config.rank(entitlement.tier());
    return config.tiers().stream()
        .skip(rank + 1L)
        .filter(allows)
        .findFirst()
        .map(tier -> new Unlock(tier.name(), tier.limits().get(name)))
        .orElse(null);
  }

  private static boolean fits(Tier tier, String name, long amount, @Nullable Usage usage) {
    Long limit = tier.limits().get(name);
    return tier.unlimited().contains(name)
        || (limit != null
            && isWithin(limit, amount, usage == null ? new Usage(BigDecimal.ZERO, null) : usage));
  }

  private static boolean isWithin(long limit, long amount, Usage usage) {
    return usage.used().add(BigDecimal.valueOf(amount)).compareTo(BigDecimal.valueOf(limit)) <= 0;
  }

  private static boolean hasLimit(Tier tier, String name) {
    return tier.limits().containsKey(name) || tier.unlimited().contains(name);
  }

  private static EntitlementVerdict inOutage(
      OutagePosture posture, @Nullable Long limit, Entitlement entitlement, Entitlements config) {
    boolean open =
        switch (posture) {
          case ALLOW -> true;
          case DENY -> false;
          // Whoever may be paying counts as paying.
          case PAYING ->
              entitlement.state() == State.FALLBACK
                  || config.rank(entitlement.tier()) > config.rank(config.fallbackTier());
        };
    String reason = open ? "outage_open" : "outage_closed";
    return verdict(open, reason, limit, null, false, entitlement, null);
  }

  private static EntitlementVerdict verdict(
      boolean allowed,
      String reason,
      @Nullable Long limit,
      @Nullable Usage usage,
      boolean overLimit,
      Entitlement entitlement,
      @Nullable Unlock unlock) {
    BigDecimal remaining =
        limit == null || usage == null
            ? null
            : BigDecimal.valueOf(limit).subtract(usage.used()).max(BigDecimal.ZERO);
    return new EntitlementVerdict(
        entitlement.userId(),
        allowed,
        limit,
        usage == null ? null : usage.used(),
        remaining,
        usage == null ? null : usage.resetsAtMs(),
        overLimit,
        entitlement.state(),
        reason,
        unlock);
  }
}
