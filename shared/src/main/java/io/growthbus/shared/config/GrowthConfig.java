package io.growthbus.shared.config;

import io.growthbus.shared.flags.Facts;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Targeting.Condition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The growth configuration of a deployment, as {@code growth.json} says it: what is counted, who
 * gets which flag, what a tier may use, when a prompt is raised.
 *
 * @param identity whether a user id in an event is believed; null means by the mode of the node
 */
public record GrowthConfig(
    Telemetry telemetry,
    Flags flags,
    Entitlements entitlements,
    List<Meter> meters,
    Activation activation,
    Consent consent,
    Privacy privacy,
    @Nullable Identity identity) {

  /** Whether a user id in an event needs proof. */
  public enum Identity {
    /** The sender is believed. */
    OPEN,
    /** Only a user token or the secret key proves a user. */
    VERIFIED
  }

  /**
   * What browsers send.
   *
   * @param schemaVersion semver that the SDK writes into events
   * @param batchSize events per batch, 1 to 500
   * @param flushInterval longest time that an event waits in the browser
   * @param events contracts of known events
   * @param violations what is done about an event that breaks its contract, by kind of violation; a
   *     kind that is not here has its default
   */
  public record Telemetry(
      String schemaVersion,
      int batchSize,
      Duration flushInterval,
      List<EventContract> events,
      Map<String, ViolationAction> violations) {

    /** The contract of an event name, if there is one. */
    public Optional<EventContract> contract(String name) {
      return events.stream().filter(event -> event.name().equals(name)).findFirst();
    }
  }

  /** What is done about an event that breaks its contract, mildest first. */
  public enum ViolationAction {
    /** It is stored as if nothing were wrong. */
    ALLOW,
    /** It is stored with a note. */
    ANNOTATE,
    /** It is kept aside and reported as rejected. */
    QUARANTINE,
    /** It is not kept and reported as rejected. */
    DROP
  }

  /** Contract of an event: properties that must be there. */
  public record EventContract(String name, List<String> requiredProperties) {}

  /**
   * A counter over stored, verified events.
   *
   * @param filter what the properties of an event must be for it to count; all must hold
   * @param sum path of a number that is added up; null: events are counted
   * @param subject whose counter it is
   * @param backfill whether events that were stored before the meter existed count too
   */
  public record Meter(
      String key,
      String event,
      List<MeterCondition> filter,
      @Nullable String sum,
      MeterSubject subject,
      MeterPeriod period,
      boolean backfill) {

    public Meter {
      filter = List.copyOf(filter);
    }

    /** A plain count of events, per user, for ever. */
    public Meter(String key, String event) {
      this(key, event, List.of(), null, MeterSubject.USER, MeterPeriod.LIFETIME, false);
    }

    /** Whether both count the same, so that what one has counted is right for the other. */
    public boolean countsAs(Meter other) {
      return event.equals(other.event)
          && filter.equals(other.filter)
          && Objects.equals(sum, other.sum)
          && subject == other.subject
          && period.equals(other.period);
    }
  }

  /** Whose counter a meter is. */
  public enum MeterSubject {
    USER,
    ACCOUNT
  }

  /**
   * What an event's property must be.
   *
   * @param path names of properties, the outermost first, joined by dots
   * @param values texts, {@link java.math.BigDecimal} without trailing zeros, booleans; for {@code
   *     EQ}, {@code NE} and {@code IN} also null. One value, except for {@code IN}
   */
  public record MeterCondition(String path, MeterOperator operator, List<@Nullable Object> values) {
    public MeterCondition {
      values = Collections.unmodifiableList(new ArrayList<>(values));
    }
  }

  /** How a property is compared. A property that is absent, or of another type, is not equal. */
  public enum MeterOperator {
    EQ,
    NE,
    IN,
    LT,
    LTE,
    GT,
    GTE,
    /** Whether it is there and not null. */
    EXISTS
  }

  /**
   * Over which time a meter counts, by the time of the event, in days of UTC.
   *
   * @param days {@link #FOR_EVER}, {@link #CALENDAR_MONTH}, or how many days up to today, 1 to 366
   */
  public record MeterPeriod(int days) {
    public static final int FOR_EVER = 0;
    public static final int CALENDAR_MONTH = -1;

    /** The longest window in days. */
    public static final int LONGEST = 366;

    public static final MeterPeriod LIFETIME = new MeterPeriod(FOR_EVER);
    public static final MeterPeriod MONTH = new MeterPeriod(CALENDAR_MONTH);

    private static final Pattern WINDOW = Pattern.compile("[1-9]\\d{0,2}d");

    /** The period of a text: {@code lifetime}, {@code month}, or days such as {@code 7d}. */
    public static Optional<MeterPeriod> parse(String text) {
      if (text.equals("lifetime")) {
        return Optional.of(LIFETIME);
      }
      if (text.equals("month")) {
        return Optional.of(MONTH);
      }
      return WINDOW.matcher(text).matches()
          ? Optional.of(new MeterPeriod(Integer.parseInt(text.substring(0, text.length() - 1))))
              .filter(period -> period.days() <= LONGEST)
          : Optional.empty();
    }

    /** The text that {@link #parse} reads. */
    public String text() {
      return switch (days) {
        case FOR_EVER -> "lifetime";
        case CALENDAR_MONTH -> "month";
        default -> days + "d";
      };
    }
  }

  /**
   * Whether events need consent.
   *
   * @param required true: an event without {@code consent} counts as denied
   * @param purpose the purpose that decides whether an event is stored
   */
  public record Consent(boolean required, String purpose) {
    /** Consent to the usual purpose. */
    public Consent(boolean required) {
      this(required, "analytics");
    }
  }

  /**
   * What is taken out of an event before it is stored.
   *
   * @param keys names of properties, beside the usual ones, whose values are hidden; in any case
   *     and with any separators
   */
  public record Privacy(PrivacyMode mode, List<String> keys) {}

  /** Which properties of an event are kept. */
  public enum PrivacyMode {
    /** All, without what looks like personal data or a secret. */
    FLOOR,
    /** Those that the contract of the event names, and of these as much as with the floor. */
    ALLOW_LIST
  }

  /**
   * Tiers and how long a state is trusted.
   *
   * @param cacheTtl how long an answer is served from memory
   * @param fallbackTier tier of a user without a live subscription
   * @param webhookGrace how long past a period end the renewal may be late; zero = no grace
   * @param dunningGrace how long a tier is kept after a failed payment; zero = no grace
   * @param maxStale how long a last known answer is served while PostgreSQL is down
   * @param tiers lowest first; a user with several subscriptions gets the highest
   * @param plans which prices of the billing system stand for which tier
   * @param catalogue what the plans say beside that
   */
  public record Entitlements(
      Duration cacheTtl,
      String fallbackTier,
      Duration webhookGrace,
      Duration dunningGrace,
      Duration maxStale,
      List<Tier> tiers,
      List<Plan> plans,
      Catalogue catalogue) {

    /** The tier of a name, if there is one. */
    public Optional<Tier> tier(String name) {
      return tiers.stream().filter(tier -> tier.name().equals(name)).findFirst();
    }

    /** Rank of a tier, 0 for the lowest; -1 for a name that is no tier. */
    public int rank(String name) {
      for (int i = 0; i < tiers.size(); i++) {
        if (tiers.get(i).name().equals(name)) {
          return i;
        }
      }
      return -1;
    }
  }

  /**
   * A tier.
   *
   * @param limits numeric limits by name, 0 or more
   * @param unlimited names of limits without a number
   * @param features keys of features that it has
   */
  public record Tier(
      String name, Map<String, Long> limits, List<String> unlimited, List<String> features) {}

  /** A tier by the lookup keys or ids of its prices in the billing system. */
  public record Plan(String tier, List<String> prices) {}

  /**
   * When prompts are raised.
   *
   * @param caps how much one person is prompted
   * @param consentPurpose purpose that a user must not have refused to be prompted
   */
  public record Activation(List<Rule> rules, PromptCaps caps, String consentPurpose) {
    public Activation {
      rules = List.copyOf(rules);
    }

    /** Rules without caps, by consent to marketing. */
    public Activation(List<Rule> rules) {
      this(rules, PromptCaps.NONE, "marketing");
    }
  }

  /** Whether a rule may be crossed again. */
  public enum Rearm {
    /** In each period of its meter; a meter that counts for ever has one. */
    PERIOD,
    /** Not before the rule's epoch is raised. */
    NEVER
  }

  /**
   * An activation rule: when the meter of a user whom it concerns reaches a threshold, a prompt is
   * raised once.
   *
   * @param thresholds what must be reached, 1 to 20; counts first, then parts of the limit, then
   *     the repeating one, each kind ascending
   * @param epoch raising it lets everyone cross the rule again; 0 or more
   * @param audience whom it concerns, by attributes that the server knows; every condition must
   *     fit, none fits everyone; null: who is not on a paid tier
   * @param flag key of a flag that must be true for the user, or null
   * @param holdout share of users who are never prompted by it, 0 to 100
   * @param freshFor how old the event behind a crossing may be for it to prompt
   * @param title plain text, may use {@code {{count}}} and {@code {{limit}}}
   * @param body plain text, may use {@code {{count}}} and {@code {{limit}}}
   * @param ctaUrl absolute https or a path of the same site
   * @param priority the higher one is shown first, 0 to 1000
   * @param expiresAfter how long a prompt waits to be shown
   */
  public record Rule(
      String key,
      String meter,
      List<Threshold> thresholds,
      Rearm rearm,
      int epoch,
      @Nullable List<Condition> audience,
      @Nullable String flag,
      double holdout,
      Duration freshFor,
      String title,
      String body,
      String ctaLabel,
      String ctaUrl,
      int priority,
      Duration expiresAfter) {
    /** By kind, then by value. */
    private static final Comparator<Threshold> ASCENDING =
        Comparator.comparingInt(Rule::kind).thenComparingLong(Rule::value);

    public Rule {
      thresholds = thresholds.stream().sorted(ASCENDING).toList();
      audience = audience == null ? null : List.copyOf(audience);
    }

    /** A rule with one threshold for those who do not pay, of events of the last day. */
    public Rule(
        String key,
        String meter,
        long threshold,
        String title,
        String body,
        String ctaLabel,
        String ctaUrl,
        int priority,
        Duration expiresAfter) {
      this(
          key,
          meter,
          List.of(new Threshold.Count(threshold)),
          Rearm.PERIOD,
          0,
          null,
          null,
          0,
          Duration.ofDays(1),
          title,
          body,
          ctaLabel,
          ctaUrl,
          priority,
          expiresAfter);
    }

    /** Whether it counts by a meter, or looks at what it has counted. */
    public boolean names(String otherMeter) {
      return meter.equals(otherMeter)
          || (audience != null
              && audience.stream()
                  .anyMatch(
                      condition -> (Facts.USAGE + "." + otherMeter).equals(condition.attribute())));
    }

    /** The same, whose audience does not name the users that fit. */
    public Rule withoutUsers(Predicate<String> fits) {
      return audience == null
          ? this
          : new Rule(
              key,
              meter,
              thresholds,
              rearm,
              epoch,
              audience.stream().map(condition -> condition.withoutTexts(fits)).toList(),
              flag,
              holdout,
              freshFor,
              title,
              body,
              ctaLabel,
              ctaUrl,
              priority,
              expiresAfter);
    }

    private static int kind(Threshold threshold) {
      if (threshold instanceof Threshold.Count) {
        return 0;
      }
      return threshold instanceof Threshold.OfLimit ? 1 : 2;
    }

    private static long value(Threshold threshold) {
      if (threshold instanceof Threshold.Count count) {
        return count.value();
      }
      return threshold instanceof Threshold.OfLimit part
          ? part.percent()
          : ((Threshold.Every) threshold).size();
    }
  }
}
