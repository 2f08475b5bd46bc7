package io.growthbus.shared.flags;

import io.growthbus.shared.flags.FlagDecision.Reason;
import io.growthbus.shared.flags.MurmurBuckets.Purpose;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Range;
import io.growthbus.shared.flags.Targeting.Rule;
import io.growthbus.shared.flags.Targeting.Segment;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A flag made ready to be asked. Every answer that it can give is made beforehand, so that a
 * question allocates nothing unless its prerequisites lead to one flag over several ways.
 *
 * <p>Order: disabled, prerequisites, named users, holdout, rules, rollout.
 */
public final class PreparedFlag {
  private static final int ALL = 100;

  /** Below it a number of JSON can be a unit. */
  private static final double LARGEST_UNIT = 0x1p63;

  /**
   * What those get whom a percentage reaches, and what the others get.
   *
   * @param none whether it reaches nobody
   * @param partial whether it reaches only some
   * @param hundredths how many of the buckets 0 to 99 it reaches
   * @param buckets how many of the buckets by murmur3 it reaches
   */
  private record Share(
      boolean none,
      boolean partial,
      int hundredths,
      int buckets,
      @Nullable FlagDecision fixed,
      int[] ends,
      int[] starts,
      FlagDecision[] ranged,
      FlagDecision excluded,
      FlagDecision unassigned) {}

  private record PreparedRule(Matcher[] matchers, PreparedSegment[] segments, Share share) {}

  private record PreparedSegment(Matcher[] matchers, boolean negated, boolean known) {}

  private record Precondition(PreparedFlag flag, Set<String> variants, FlagDecision failed) {}

  private final FlagDefinition definition;
  private final Targeting targeting;
  private final boolean enabled;
  private final boolean byUser;
  private final String[] unitPath;
  private final @Nullable SeedBucketing seedBuckets;
  private final MurmurBuckets rolloutBuckets;
  private final MurmurBuckets variantBuckets;
  private final FlagDecision disabled;
  private final FlagDecision keyMissing;
  private final FlagDecision heldOut;
  private final Map<String, FlagDecision> targets = new HashMap<>();
  private final @Nullable MurmurBuckets holdoutBuckets;
  private final int heldOutBuckets;
  private final PreparedRule[] rules;
  private final Share rollout;
  private Precondition[] preconditions = new Precondition[0];
  private boolean meetsAgain;
  private @Nullable PlainRollout plain;

  PreparedFlag(
      FlagDefinition definition, Map<String, Segment> segments, Map<String, Holdout> holdouts) {
    this.definition = definition;
    this.targeting = definition.rules();
    this.enabled = definition.enabled();
    this.byUser = targeting.bucketBy().equals(Targeting.USER_ID);
    this.unitPath = targeting.bucketBy().split("\\.", 8);
    String salt = targeting.salt() == null ? definition.key() : targeting.salt();
    this.seedBuckets =
        targeting.bucketing() == Bucketing.SEED ? new SeedBucketing(definition.key()) : null;
    this.rolloutBuckets = new MurmurBuckets(salt, Purpose.ROLLOUT);
    this.variantBuckets = new MurmurBuckets(salt, Purpose.VARIANT);
    this.disabled = off(Reason.DISABLED, null);
    this.keyMissing = off(Reason.TARGETING_KEY_MISSING, null);
    String held = targeting.holdout();
    Holdout holdout = held == null ? null : holdouts.get(held);
    this.heldOut = off(Reason.HOLDOUT, held);
    this.holdoutBuckets = held == null ? null : new MurmurBuckets(held, Purpose.HOLDOUT);
    this.heldOutBuckets = holdout == null ? 0 : MurmurBuckets.share(holdout.percentage());
    for (Targeting.Target target : targeting.targets()) {
      FlagDecision decision = decision(target.variant(), Reason.TARGETING_MATCH, null);
      target.users().forEach(user -> targets.putIfAbsent(user, decision));
    }
    FlagDecision on = decision(targeting.on(), Reason.TARGETING_MATCH, null);
    definition.targetUsers().forEach(user -> targets.putIfAbsent(user, on));
    this.rules =
        targeting.rules().stream()
            .map(rule -> prepared(rule, segments))
            .toArray(PreparedRule[]::new);
    boolean ruled = !targeting.rules().isEmpty();
    this.rollout =
        share(
            definition.rolloutPercentage(),
            targeting.on(),
            targeting.split(),
            ruled ? Reason.DEFAULT : Reason.STATIC,
            off(
                definition.rolloutPercentage() > 0
                    ? Reason.SPLIT
                    : ruled ? Reason.DEFAULT : Reason.STATIC,
                null),
            null);
  }

  FlagDefinition definition() {
    return definition;
  }

  /**
   * Says which flags must come first.
   *
   * @param flags every flag; one that is missing never has the variant that is asked for
   * @param cyclic whether this flag leads back to itself; it then always fails
   * @param again whether it meets a flag over more than one way
   */
  void link(Map<String, PreparedFlag> flags, boolean cyclic, boolean again) {
    meetsAgain = again;
    preconditions =
        targeting.prerequisites().stream()
            .map(
                prerequisite -> {
                  PreparedFlag flag = flags.get(prerequisite.flag());
                  boolean hopeless = cyclic || flag == null;
                  return new Precondition(
                      hopeless ? this : Objects.requireNonNull(flag),
                      hopeless ? Set.of() : Set.copyOf(prerequisite.variants()),
                      off(Reason.PREREQUISITE_FAILED, prerequisite.flag()));
                })
            .toArray(Precondition[]::new);
    this.plain = plainRollout();
  }

  FlagDecision factsUnavailable() {
    return off(Reason.FACTS_UNAVAILABLE, null);
  }

  /**
   * The answer of the flag.
   *
   * @param userId null when there is none
   * @param attributes as JSON has them: texts, numbers, booleans, lists, objects
   */
  public FlagDecision evaluate(@Nullable String userId, Map<String, Object> attributes) {
    PlainRollout alone = plain;
    if (alone != null) {
      return alone.decide(userId);
    }
    return evaluate(userId, attributes, meetsAgain ? new IdentityHashMap<>() : null);
  }

  /** What most flags are: a share of users, and nothing that could come before it. */
  private record PlainRollout(
      SeedBucketing buckets,
      int hundredths,
      FlagDecision reached,
      FlagDecision excluded,
      FlagDecision keyMissing) {
    FlagDecision decide(@Nullable String userId) {
      if (userId == null) {
        return keyMissing;
      }
      return buckets.bucket(userId) < hundredths ? reached : excluded;
    }
  }

  private @Nullable PlainRollout plainRollout() {
    FlagDecision reached = rollout.fixed();
    boolean nothingBefore =
        enabled
            && preconditions.length == 0
            && targets.isEmpty()
            && heldOutBuckets == 0
            && rules.length == 0;
    return nothingBefore
            && byUser
            && seedBuckets != null
            && reached != null
            && rollout.partial()
            && !rollout.none()
        ? new PlainRollout(
            seedBuckets, rollout.hundredths(), reached, rollout.excluded(), keyMissing)
        : null;
  }

  /**
   * @param met answers of the flags that this question has met; without it, a flag would be asked
   *     as often as there are ways to it, and the ways double from flag to flag
   */
  private FlagDecision evaluate(
      @Nullable String userId,
      Map<String, Object> attributes,
      @Nullable Map<PreparedFlag, FlagDecision> met) {
    if (!enabled) {
      return disabled;
    }
    for (Precondition precondition : preconditions) {
      if (precondition.variants().isEmpty()
          || !precondition
              .variants()
              .contains(variant(precondition.flag().once(userId, attributes, met)))) {
        return precondition.failed();
      }
    }
    return own(userId, attributes);
  }

  private FlagDecision once(
      @Nullable String userId,
      Map<String, Object> attributes,
      @Nullable Map<PreparedFlag, FlagDecision> met) {
    FlagDecision before = met == null ? null : met.get(this);
    if (before != null) {
      return before;
    }
    FlagDecision decision = evaluate(userId, attributes, met);
    if (met != null) {
      met.put(this, decision);
    }
    return decision;
  }

  /** The answer when every prerequisite is met. */
  private FlagDecision own(@Nullable String userId, Map<String, Object> attributes) {
    if (userId != null && !targets.isEmpty()) {
      FlagDecision named = targets.get(userId);
      if (named != null) {
        return named;
      }
    }
    if (heldOutBuckets > 0 && isHeldOut(unit(userId, attributes))) {
      return heldOut;
    }
    for (PreparedRule rule : rules) {
      if (fits(rule, userId, attributes)) {
        return decide(rule.share(), userId, attributes);
      }
    }
    return decide(rollout, userId, attributes);
  }

  private static String variant(FlagDecision decision) {
    return Objects.requireNonNull(decision.variant());
  }

  private boolean isHeldOut(@Nullable String unit) {
    return unit != null && holdoutBuckets != null && holdoutBuckets.bucket(unit) < heldOutBuckets;
  }

  private static boolean fits(
      PreparedRule rule, @Nullable String userId, Map<String, Object> attributes) {
    if (!fit(rule.matchers(), userId, attributes)) {
      return false;
    }
    for (PreparedSegment segment : rule.segments()) {
      if (!segment.known() || fit(segment.matchers(), userId, attributes) == segment.negated()) {
        return false;
      }
    }
    return true;
  }

  private static boolean fit(
      Matcher[] matchers, @Nullable String userId, Map<String, Object> attributes) {
    for (Matcher matcher : matchers) {
      if (!matcher.fits(userId, attributes)) {
        return false;
      }
    }
    return true;
  }

  private FlagDecision decide(
      Share share, @Nullable String userId, Map<String, Object> attributes) {
    if (share.none()) {
      return share.excluded();
    }
    if (!share.partial() && share.fixed() != null) {
      return share.fixed();
    }
    String unit = unit(userId, attributes);
    if (unit == null) {
      return keyMissing;
    }
    if (share.partial() && !isReached(share, unit)) {
      return share.excluded();
    }
    return share.fixed() != null ? share.fixed() : ranged(share, variantBuckets.bucket(unit));
  }

  private boolean isReached(Share share, String unit) {
    return seedBuckets != null
        ? seedBuckets.bucket(unit) < share.hundredths()
        : rolloutBuckets.bucket(unit) < share.buckets();
  }

  private static FlagDecision ranged(Share share, int bucket) {
    for (int i = 0; i < share.ends().length; i++) {
      if (bucket >= share.starts()[i] && bucket < share.ends()[i]) {
        return share.ranged()[i];
      }
    }
    return share.unassigned();
  }

  private @Nullable String unit(@Nullable String userId, Map<String, Object> attributes) {
    if (byUser) {
      return userId;
    }
    Object value = Matcher.attribute(userId, attributes, targeting.bucketBy(), unitPath);
    if (value instanceof String text) {
      return text.isEmpty() ? null : text;
    }
    if (value instanceof Double number) {
      return whole(number);
    }
    return value instanceof Integer || value instanceof Long ? value.toString() : null;
  }

  /** A whole number as a page writes it: the fewest digits that name the double, then zeros. */
  private static @Nullable String whole(double number) {
    if (number != Math.rint(number) || Math.abs(number) >= LARGEST_UNIT) {
      return null;
    }
    BigDecimal exact = new BigDecimal(number);
    for (int digits = 1; digits < exact.precision(); digits++) {
      BigDecimal fewer = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      if (fewer.doubleValue() == number) {
        return fewer.toBigInteger().toString();
      }
    }
    return exact.toBigInteger().toString();
  }

  private PreparedRule prepared(Rule rule, Map<String, Segment> segments) {
    List<Matcher> matchers = new ArrayList<>();
    List<PreparedSegment> memberships = new ArrayList<>();
    for (Condition condition : rule.conditions()) {
      if (condition.segment() == null) {
        matchers.add(Matcher.of(condition));
      } else {
        Segment segment = segments.get(condition.segment());
        memberships.add(
            new PreparedSegment(
                segment == null
                    ? new Matcher[0]
                    : segment.conditions().stream().map(Matcher::of).toArray(Matcher[]::new),
                condition.negated(),
                segment != null));
      }
    }
    return new PreparedRule(
        matchers.toArray(Matcher[]::new),
        memberships.toArray(PreparedSegment[]::new),
        share(
            rule.rolloutPercentage(),
            rule.variant(),
            rule.split(),
            Reason.TARGETING_MATCH,
            off(Reason.RULE_EXCLUDED, rule.key()),
            rule.key()));
  }

  private Share share(
      double percentage,
      @Nullable String variant,
      List<Range> split,
      Reason whole,
      FlagDecision excluded,
      @Nullable String rule) {
    boolean ranged = !split.isEmpty() || variant == null;
    return new Share(
        percentage <= 0,
        percentage < ALL,
        // A bucket is below a percentage exactly when it is below the next whole number.
        (int) Math.ceil(percentage),
        MurmurBuckets.share(percentage),
        ranged || variant == null
            ? null
            : decision(variant, percentage < ALL ? Reason.SPLIT : whole, rule),
        split.stream().mapToInt(Range::to).toArray(),
        split.stream().mapToInt(Range::from).toArray(),
        split.stream()
            .map(range -> decision(range.variant(), Reason.SPLIT, rule))
            .toArray(FlagDecision[]::new),
        excluded,
        off(Reason.SPLIT, rule));
  }

  private FlagDecision off(Reason reason, @Nullable String rule) {
    return decision(targeting.off(), reason, rule);
  }

  private FlagDecision decision(String variant, Reason reason, @Nullable String rule) {
    Object value = targeting.variants().get(variant);
    return new FlagDecision(
        value == null ? (Object) variant.equals("on") : value, variant, reason, rule);
  }
}
