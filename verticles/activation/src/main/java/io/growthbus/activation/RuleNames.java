package io.growthbus.activation;

import io.growthbus.shared.bus.Ask;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.FactReferences.Known;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.GrowthConfig.MeterSubject;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.MeterReader;
import io.growthbus.shared.config.RuleReferences;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.FlagCheck.Problem;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.message.FlagSet;
import io.growthbus.shared.message.ListMeters;
import io.growthbus.shared.message.MeterList;
import io.growthbus.shared.message.MeterState;
import io.growthbus.shared.message.ReadFlagSet;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a rule may name: meters and flags as their rooms have them, tiers and limits of the file.
 */
final class RuleNames {
  /** Wait for a room; those who wait for the check have more patience. */
  private static final Duration LONGEST = Duration.ofSeconds(2);

  /** Every definition, whatever its revision. */
  private static final long FROM_THE_FIRST = -1;

  private final Bus bus;
  private final Live<GrowthConfig> config;

  RuleNames(Bus bus, Live<GrowthConfig> config) {
    this.bus = bus;
    this.config = config;
  }

  /**
   * A rule of which everything is there that it names.
   *
   * @param doubts what is doubtful about it, for people
   */
  record Checked(Rule rule, List<String> doubts) {}

  /**
   * Checks what a rule names. What the file defines is there in any case.
   *
   * @return fails with {@link RoomException} {@code unknown_reference}, every place with it, or
   *     {@code store_unavailable} when all that is missing could be what cannot be read now
   */
  Future<Checked> checked(Rule rule) {
    Future<@Nullable MeterList> meters = asked(Channels.LIST_METERS, new ListMeters(null));
    Future<@Nullable FlagSet> flags =
        asked(Channels.READ_FLAG_SET, new ReadFlagSet(FROM_THE_FIRST));
    return Future.join(meters, flags)
        .map(answered -> checked(rule, meters.result(), flags.result()));
  }

  private <Q, R> Future<@Nullable R> asked(Ask<Q, R> channel, Q question) {
    return bus.ask(channel, question)
        .timeout(LONGEST.toMillis(), TimeUnit.MILLISECONDS)
        .otherwiseEmpty();
  }

  private Checked checked(Rule rule, @Nullable MeterList meters, @Nullable FlagSet flags) {
    Known known = Known.of(config.get(), meters == null ? Set.of() : keys(meters));
    Flags there = flags == null ? config.get().flags() : flags(flags);
    List<Problem> missing = RuleReferences.check(rule, there, known);
    List<Problem> certain =
        (meters == null ? RuleReferences.check(rule, there, known.withAnyMeter()) : missing)
            .stream().filter(problem -> flags != null || !ofFlags(problem)).toList();
    if (!certain.isEmpty()) {
      throw unknown(certain);
    }
    if (!missing.isEmpty()) {
      throw new RoomException(
          ErrorKind.UNAVAILABLE,
          "store_unavailable",
          "The meters and flags that the rule names cannot be read now; try again.");
    }
    return new Checked(rule, doubts(rule, meters));
  }

  private static Set<String> keys(MeterList meters) {
    return meters.meters().stream().map(MeterState::key).collect(Collectors.toSet());
  }

  private static Flags flags(FlagSet set) {
    return new Flags(
        set.flags(),
        Objects.requireNonNull(set.segments()),
        Objects.requireNonNull(set.holdouts()));
  }

  /** Whether the problem would be none if the flags and segments were others. */
  private static boolean ofFlags(Problem problem) {
    return problem.pointer().equals("/flag") || problem.pointer().endsWith("/segment");
  }

  private static RoomException unknown(List<Problem> missing) {
    RoomException fields =
        RoomException.invalidFields(
            missing.stream()
                .map(problem -> new FieldProblem(problem.pointer(), problem.what()))
                .toList());
    return new RoomException(
        ErrorKind.INVALID,
        "unknown_reference",
        fields.text(),
        fields.pointer().orElse(null),
        fields.problems());
  }

  private static List<String> doubts(Rule rule, @Nullable MeterList meters) {
    boolean ofAccounts =
        meters != null
            && meters.meters().stream()
                .filter(meter -> meter.key().equals(rule.meter()))
                .anyMatch(RuleNames::isOfAccounts);
    return ofAccounts
        ? List.of("It names a meter of accounts; prompts are raised for users only.")
        : List.of();
  }

  private static boolean isOfAccounts(MeterState meter) {
    return MeterReader.read(meter.definition(), meter.key(), new Problems())
        .map(MeterReader.MeterOrder::meter)
        .map(Meter::subject)
        .filter(subject -> subject == MeterSubject.ACCOUNT)
        .isPresent();
  }
}
