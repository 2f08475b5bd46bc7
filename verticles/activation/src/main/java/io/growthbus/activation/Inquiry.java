package io.growthbus.activation;

import io.growthbus.activation.core.Audience;
import io.growthbus.activation.core.Circumstances;
import io.growthbus.activation.core.Circumstances.Answer;
import io.growthbus.activation.core.Eligibility;
import io.growthbus.activation.core.PromptConsent;
import io.growthbus.activation.core.RuleHoldout;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.flags.Facts;
import io.growthbus.shared.flags.FlagDecision.Reason;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Segment;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagSet;
import io.growthbus.shared.message.MeterUsages;
import io.growthbus.shared.message.ReadConsent;
import io.growthbus.shared.message.ReadFlagSet;
import io.growthbus.shared.message.ReadUsages;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.message.UserConsent;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Asks the other rooms what matters for showing a user the prompts of rules. What a room does not
 * answer is unknown.
 */
final class Inquiry {
  private static final String METER = Facts.USAGE + ".";
  private static final String LIMIT = Facts.LIMITS + ".";

  private final Bus bus;
  private final Live<GrowthConfig> config;

  Inquiry(Bus bus, Live<GrowthConfig> config) {
    this.bus = bus;
    this.config = config;
  }

  /** What is known of a user, whatever the rule; null where a room did not answer. */
  record User(String userId, @Nullable Entitlement entitlement, @Nullable UserConsent consent) {}

  /**
   * What matters for one rule.
   *
   * @param flag answer of the gate flag; null: there is none, or it was not answered
   * @param consent what was said about consent; null: not known
   */
  record Findings(
      Circumstances circumstances, @Nullable FlagAnswer flag, @Nullable UserConsent consent) {}

  /**
   * What is known of a user. Does not fail.
   *
   * @param entitlement where it is known already; null: it is asked for
   */
  Future<User> user(String userId, @Nullable Entitlement entitlement) {
    Future<Optional<Entitlement>> owned =
        entitlement == null
            ? answered(bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(userId)))
            : Future.succeededFuture(Optional.of(entitlement));
    Future<Optional<UserConsent>> said =
        answered(bus.ask(Channels.READ_CONSENT, new ReadConsent(userId)));
    return Future.all(owned, said)
        .map(both -> new User(userId, owned.result().orElse(null), said.result().orElse(null)));
  }

  /**
   * What matters for one rule. Does not fail.
   *
   * @param rule null: this node knows no such rule
   */
  Future<Findings> findings(@Nullable Rule rule, User user) {
    Eligibility tier = tier(user);
    Answer consent = consent(user);
    if (rule == null) {
      return Future.succeededFuture(
          new Findings(
              new Circumstances(false, tier, Optional.empty(), consent, Answer.YES, false),
              null,
              user.consent()));
    }
    Future<Optional<FlagAnswer>> flag =
        rule.flag() == null
            ? Future.succeededFuture(Optional.empty())
            : answered(
                bus.ask(
                    Channels.EVALUATE_FLAG, new EvaluateFlag(rule.flag(), user.userId(), null)));
    Future<Optional<Answer>> audience = audience(rule.audience(), user);
    return Future.all(flag, audience)
        .map(
            both ->
                new Findings(
                    new Circumstances(
                        true,
                        tier,
                        audience.result(),
                        consent,
                        isOn(rule, flag.result()),
                        RuleHoldout.holds(rule, user.userId())),
                    flag.result().orElse(null),
                    user.consent()));
  }

  private Eligibility tier(User user) {
    return user.entitlement() == null
        ? Eligibility.UNKNOWN
        : Eligibility.of(user.entitlement(), config.get().entitlements());
  }

  private Answer consent(User user) {
    return user.consent() == null
        ? Answer.UNKNOWN
        : Answer.of(
            PromptConsent.permits(
                user.consent(),
                config.get().activation().consentPurpose(),
                config.get().consent().required()));
  }

  private static Answer isOn(Rule rule, Optional<FlagAnswer> answer) {
    if (rule.flag() == null) {
      return Answer.YES;
    }
    return answer
        .filter(found -> !found.reason().equals(Reason.FACTS_UNAVAILABLE.name()))
        .map(found -> Answer.of(Boolean.TRUE.equals(found.value())))
        .orElse(Answer.UNKNOWN);
  }

  private Future<Optional<Answer>> audience(@Nullable List<Condition> conditions, User user) {
    if (conditions == null) {
      return Future.succeededFuture(Optional.empty());
    }
    Future<Optional<List<Segment>>> segments =
        Audience.needsSegments(conditions)
            ? answered(bus.ask(Channels.READ_FLAG_SET, new ReadFlagSet()))
                .map(found -> found.map(FlagSet::segments))
            : Future.succeededFuture(Optional.of(List.of()));
    return segments.compose(
        known ->
            known.isEmpty()
                ? Future.succeededFuture(Optional.of(Answer.UNKNOWN))
                : includes(new Audience(conditions, known.get()), user).map(Optional::of));
  }

  private Future<Answer> includes(Audience audience, User user) {
    Map<String, Object> facts = new HashMap<>();
    boolean missing = entitled(audience.facts(), user.entitlement(), facts);
    List<String> meters =
        audience.facts().stream()
            .filter(fact -> fact.startsWith(METER))
            .map(fact -> fact.substring(METER.length()))
            .toList();
    Future<Optional<MeterUsages>> usage =
        meters.isEmpty()
            ? Future.succeededFuture(Optional.of(new MeterUsages(Map.of())))
            : answered(bus.ask(Channels.READ_USAGES, new ReadUsages(user.userId(), null, meters)));
    return usage.map(
        read -> {
          if (missing || read.isEmpty()) {
            return Answer.UNKNOWN;
          }
          read.get()
              .values()
              .forEach((meter, value) -> facts.put(METER + meter, new BigDecimal(value)));
          return Answer.of(audience.includes(user.userId(), facts));
        });
  }

  /** Notes tier and limits; whether they are looked at and not known. */
  private static boolean entitled(
      Set<String> names, @Nullable Entitlement entitlement, Map<String, Object> facts) {
    boolean missing = false;
    for (String name : names) {
      if (name.equals(Facts.TIER) || name.startsWith(LIMIT)) {
        if (entitlement == null) {
          missing = true;
        } else if (name.equals(Facts.TIER)) {
          facts.put(name, entitlement.tier());
        } else {
          Long limit = entitlement.limits().get(name.substring(LIMIT.length()));
          if (limit != null) {
            facts.put(name, limit);
          }
        }
      }
    }
    return missing;
  }

  private static <T> Future<Optional<T>> answered(Future<T> answer) {
    return answer.map(Optional::of).otherwise(failure -> Optional.empty());
  }
}
