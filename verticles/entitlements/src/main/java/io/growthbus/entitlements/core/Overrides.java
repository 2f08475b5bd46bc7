package io.growthbus.entitlements.core;

import io.growthbus.entitlements.core.EntitlementRules.Decision;
import io.growthbus.entitlements.core.EntitlementRules.Paid;
import io.growthbus.shared.config.EntitlementOverride;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.config.GrowthConfig.Tier;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a user may use at a moment, from what billing says and what operators say.
 *
 * <p>Accounts give: of the tiers of the user and of all the user's accounts the highest counts, and
 * limits and features of an account add to it. A trial gives too: it is never less than what the
 * user has otherwise. What billing grants stays whatever is given: of two limits the higher counts.
 * Every other override of the user replaces, to the better or to the worse. An override is over at
 * the instant of its end; a tier that the configuration does not know is not granted.
 */
public final class Overrides {
  private Overrides() {}

  /**
   * What is said of a user beside billing.
   *
   * @param own what is said of the user, or null
   * @param ofAccounts what is said of the accounts whose member the user is
   * @param accounts ids of all accounts whose member the user is, in order
   */
  public record Said(
      @Nullable EntitlementOverride own,
      List<EntitlementOverride> ofAccounts,
      List<String> accounts) {
    /** Nothing is said. */
    public static final Said NOTHING = new Said(null, List.of(), List.of());
  }

  /** What a user may use, and why that tier. */
  public record Effective(
      Decision decision, Map<String, Long> limits, List<String> unlimited, List<String> features) {}

  /**
   * Decides.
   *
   * @param billed what the subscriptions of the user come to
   * @param counted features that billing systems count up beside those of a tier
   * @param nowMs the moment, ms since the epoch
   */
  public static Effective decide(
      Decision billed, Set<String> counted, Said said, Entitlements config, long nowMs) {
    List<EntitlementOverride> accounts =
        said.ofAccounts().stream().filter(account -> account.isLive(nowMs)).toList();
    Optional<EntitlementOverride> own =
        Optional.ofNullable(said.own()).filter(override -> override.isLive(nowMs));
    Optional<Decision> forced =
        own.filter(override -> !override.trial())
            .flatMap(override -> granted(override, "override", config));
    Decision decision = forced.orElseGet(() -> best(billed, accounts, own, config));
    Allowance allowance =
        new Allowance(Grants.of(tier(decision.tier(), config), decision.terms(), counted));
    if (forced.isEmpty()) {
      billed.besides().forEach(paid -> allowance.add(granted(paid, config)));
      if (!decision.equals(billed) && !billed.tier().equals(config.fallbackTier())) {
        allowance.add(granted(new Paid(billed.tier(), billed.terms()), config));
      }
    }
    accounts.forEach(allowance::add);
    own.ifPresent(
        override -> {
          if (override.trial()) {
            allowance.add(override);
          } else {
            allowance.replace(override);
          }
        });
    return allowance.as(decision);
  }

  private static Tier granted(Paid paid, Entitlements config) {
    return Grants.of(tier(paid.tier(), config), paid.terms(), Set.of());
  }

  /** What a tier allows, with nothing said beside it. */
  public static Effective plain(Decision decision, Entitlements config) {
    return new Allowance(tier(decision.tier(), config)).as(decision);
  }

  private static Decision best(
      Decision billed,
      List<EntitlementOverride> accounts,
      Optional<EntitlementOverride> own,
      Entitlements config) {
    Comparator<Decision> order =
        Comparator.comparingInt((Decision d) -> config.rank(d.tier()))
            .thenComparingLong(d -> d.expiresAtMs() == null ? Long.MAX_VALUE : d.expiresAtMs());
    // Of equals the first is taken: what the user pays for stays the reason.
    return Stream.concat(
            own
                .filter(EntitlementOverride::trial)
                .flatMap(trial -> granted(trial, "trial", config))
                .stream(),
            accounts.stream()
                .flatMap(
                    account ->
                        granted(account, account.trial() ? "account_trial" : "account", config)
                            .stream()))
        .reduce(billed, (before, next) -> order.compare(next, before) > 0 ? next : before);
  }

  private static Optional<Decision> granted(
      EntitlementOverride override, String reason, Entitlements config) {
    return Optional.ofNullable(override.tier())
        .filter(tier -> config.rank(tier) >= 0)
        .map(tier -> new Decision(tier, reason, false, null, override.expiresAtMs()));
  }

  private static Tier tier(String name, Entitlements config) {
    return config.tier(name).orElse(new Tier(name, Map.of(), List.of(), List.of()));
  }

  /** What a tier allows while overrides are laid over it. */
  private static final class Allowance {
    private final Map<String, Long> limits;
    private final Set<String> unlimited;
    private final Set<String> features;

    Allowance(Tier tier) {
      limits = new LinkedHashMap<>(tier.limits());
      unlimited = new LinkedHashSet<>(tier.unlimited());
      features = new LinkedHashSet<>(tier.features());
    }

    void add(Tier other) {
      other.limits().forEach((name, limit) -> limits.merge(name, limit, Math::max));
      unlimited.addAll(other.unlimited());
      limits.keySet().removeAll(unlimited);
      features.addAll(other.features());
    }

    void add(EntitlementOverride account) {
      account.limits().forEach((name, limit) -> limits.merge(name, limit, Math::max));
      unlimited.addAll(account.unlimited());
      limits.keySet().removeAll(unlimited);
      account.features().entrySet().stream()
          .filter(Map.Entry::getValue)
          .forEach(feature -> features.add(feature.getKey()));
    }

    void replace(EntitlementOverride own) {
      limits.putAll(own.limits());
      unlimited.removeAll(own.limits().keySet());
      unlimited.addAll(own.unlimited());
      limits.keySet().removeAll(own.unlimited());
      features.removeAll(own.features().keySet());
      own.features().entrySet().stream()
          .filter(Map.Entry::getValue)
          .forEach(feature -> features.add(feature.getKey()));
    }

    Effective as(Decision decision) {
      return new Effective(
          decision, Map.copyOf(limits), List.copyOf(unlimited), List.copyOf(features));
    }
  }
}
