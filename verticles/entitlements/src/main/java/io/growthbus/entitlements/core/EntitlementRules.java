package io.growthbus.entitlements.core;

import io.growthbus.shared.config.GrowthConfig.Entitlements;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which tier a user has at a moment, from the subscriptions and the graces.
 *
 * <p>Intervals are half-open: at the instant of a deadline it is over. The best live tier of all
 * subscriptions wins; a tier that the configuration does not know is not granted.
 */
public final class EntitlementRules {
  private static final long NO_DEADLINE = Long.MAX_VALUE;

  private EntitlementRules() {}

  /**
   * The tier of a user.
   *
   * @param reason why, in snake case
   * @param inGrace whether it is kept beyond what billing confirmed
   * @param graceUntilMs when the grace ends, or null
   * @param expiresAtMs when the tier ends unless billing says more, or null
   * @param terms what is granted beside the tier
   * @param besides what other live subscriptions grant by terms of their own
   */
  public record Decision(
      String tier,
      String reason,
      boolean inGrace,
      @Nullable Long graceUntilMs,
      @Nullable Long expiresAtMs,
      Terms terms,
      List<Paid> besides) {
    public Decision {
      besides = List.copyOf(besides);
    }

    /** With what the tier has. */
    public Decision(
        String tier,
        String reason,
        boolean inGrace,
        @Nullable Long graceUntilMs,
        @Nullable Long expiresAtMs) {
      this(tier, reason, inGrace, graceUntilMs, expiresAtMs, Terms.NONE, List.of());
    }

    /** A tier that nothing ends. */
    public static Decision of(String tier, String reason) {
      return new Decision(tier, reason, false, null, null);
    }
  }

  /** A tier that is paid for, with terms of its own. */
  public record Paid(String tier, Terms terms) {}

  /** What one subscription gives; not granted when {@code deadlineMs} has passed. */
  private record Grant(boolean granted, String reason, boolean inGrace, long deadlineMs) {
    static Grant until(String reason, long deadlineMs) {
      return new Grant(true, reason, false, deadlineMs);
    }

    static Grant inGraceUntil(String reason, long deadlineMs) {
      return new Grant(true, reason, true, deadlineMs);
    }

    static Grant none(String reason) {
      return new Grant(false, reason, false, 0);
    }
  }

  /**
   * Decides.
   *
   * @param nowMs the moment, ms since the epoch
   */
  public static Decision decide(
      Collection<Subscription> subscriptions, Entitlements config, long nowMs) {
    List<Subscription> live =
        subscriptions.stream()
            .filter(s -> s.tier() != null && config.rank(s.tier()) >= 0)
            .filter(s -> grant(s, config, nowMs).granted())
            .toList();
    Optional<Subscription> best =
        live.stream()
            .max(
                Comparator.comparingInt((Subscription s) -> rank(s, config))
                    .thenComparingLong(s -> grant(s, config, nowMs).deadlineMs())
                    .thenComparing(Subscription::subscriptionId));
    if (best.isPresent() && best.get().tier() != null) {
      Grant grant = grant(best.get(), config, nowMs);
      Long deadline = grant.deadlineMs() == NO_DEADLINE ? null : Long.valueOf(grant.deadlineMs());
      return new Decision(
          best.get().tier(),
          grant.reason(),
          grant.inGrace(),
          grant.inGrace() ? deadline : null,
          deadline,
          best.get().terms(),
          besides(live, best.get()));
    }
    String reason =
        subscriptions.stream()
            .max(
                Comparator.comparingLong(Subscription::lastEventMs)
                    .thenComparing(Subscription::subscriptionId))
            .map(s -> refusal(s, config, nowMs))
            .orElse("none");
    return Decision.of(config.fallbackTier(), reason);
  }

  private static List<Paid> besides(List<Subscription> live, Subscription best) {
    return live.stream()
        .filter(s -> !s.equals(best) && s.tier() != null && !s.terms().equals(Terms.NONE))
        .map(s -> new Paid(Objects.requireNonNull(s.tier()), s.terms()))
        .toList();
  }

  private static int rank(Subscription subscription, Entitlements config) {
    return subscription.tier() == null ? -1 : config.rank(subscription.tier());
  }

  private static String refusal(Subscription subscription, Entitlements config, long nowMs) {
    Grant grant = grant(subscription, config, nowMs);
    return grant.granted() ? "unknown_tier" : grant.reason();
  }

  private static Grant grant(Subscription s, Entitlements config, long nowMs) {
    Long unknownSince = s.unknownStatusSinceMs();
    if (unknownSince != null) {
      long deadline = unknownSince + config.webhookGrace().toMillis();
      Grant before = known(s, config, nowMs);
      return before.granted() && nowMs < deadline
          ? Grant.inGraceUntil("unknown_status", Math.min(deadline, before.deadlineMs()))
          : Grant.none("unknown_status");
    }
    return known(s, config, nowMs);
  }

  private static Grant known(Subscription s, Entitlements config, long nowMs) {
    return switch (s.status()) {
      case "trialing" -> trialing(s, config, nowMs);
      case "active" -> active(s, config, nowMs);
      case "past_due" -> pastDue(s, config, nowMs);
      case "canceled" ->
          s.endedAtMs() != null && nowMs < s.endedAtMs()
              ? Grant.until("until_ended", s.endedAtMs())
              : Grant.none("canceled");
      default -> Grant.none(s.status());
    };
  }

  private static Grant trialing(Subscription s, Entitlements config, long nowMs) {
    Long end = s.trialEndMs() == null ? s.periodEndMs() : s.trialEndMs();
    if (s.cancelAtPeriodEnd() && end != null) {
      // No renewal is awaited, so there is none to be late.
      return nowMs < end ? Grant.until("trial", end) : Grant.none("trial_over");
    }
    return renewing("trial", "trial_over", end, config, nowMs);
  }

  private static Grant active(Subscription s, Entitlements config, long nowMs) {
    if (!s.cancelAtPeriodEnd()) {
      return renewing("active", "stale_subscription", s.periodEndMs(), config, nowMs);
    }
    long end = s.periodEndMs() == null ? NO_DEADLINE : s.periodEndMs();
    return nowMs < end ? Grant.until("until_period_end", end) : Grant.none("canceled");
  }

  private static Grant renewing(
      String reason, String over, @Nullable Long endMs, Entitlements config, long nowMs) {
    if (endMs == null) {
      return Grant.until(reason, NO_DEADLINE);
    }
    long deadline = endMs + config.webhookGrace().toMillis();
    if (nowMs < endMs) {
      return Grant.until(reason, deadline);
    }
    return nowMs < deadline ? Grant.inGraceUntil("renewal_pending", deadline) : Grant.none(over);
  }

  private static Grant pastDue(Subscription s, Entitlements config, long nowMs) {
    long since = s.pastDueSinceMs() == null ? s.lastEventMs() : s.pastDueSinceMs();
    long deadline = since + config.dunningGrace().toMillis();
    return nowMs < deadline ? Grant.inGraceUntil("grace", deadline) : Grant.none("grace_over");
  }
}
