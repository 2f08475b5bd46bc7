package io.growthbus.flags;

import io.growthbus.flags.core.KnownFacts;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.flags.Facts;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.MeterUsages;
import io.growthbus.shared.message.ReadUsages;
import io.growthbus.shared.message.ResolveEntitlement;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads what other rooms have committed of a user, and no more of it than is needed. */
final class FactReader {
  private static final Duration MOST_FOR_USAGE = Duration.ofMillis(500);

  /**
   * A little longer than the entitlements themselves wait for PostgreSQL, so that their answer with
   * the last state they know still comes in time.
   */
  private static final Duration MOST_FOR_ENTITLEMENT = Duration.ofMillis(600);

  private final Bus bus;

  FactReader(Bus bus) {
    this.bus = bus;
  }

  /**
   * Reads facts.
   *
   * @param userId whose tier, limits and meters of users; null for nobody's
   * @param accountId whose meters of accounts; null for nobody's
   * @param facts attributes
   * @return does not fail: what cannot be read in time is said to be unreadable
   */
  Future<KnownFacts> read(@Nullable String userId, @Nullable String accountId, Set<String> facts) {
    List<String> meters = List.copyOf(KnownFacts.meters(facts));
    boolean entitled = facts.stream().anyMatch(KnownFacts::isEntitled);
    Future<Optional<Entitlement>> entitlement =
        entitled && userId != null ? entitlement(userId) : Future.succeededFuture(Optional.empty());
    Future<Optional<MeterUsages>> usage =
        meters.isEmpty() || (userId == null && accountId == null)
            ? Future.succeededFuture(Optional.of(new MeterUsages(Map.of())))
            : usage(new ReadUsages(userId, accountId, meters));
    return Future.all(entitlement, usage)
        .map(
            read ->
                known(
                    facts,
                    entitlement.result().orElse(null),
                    entitled && userId != null && entitlement.result().isEmpty(),
                    usage.result().orElse(null)));
  }

  private Future<Optional<Entitlement>> entitlement(String userId) {
    return inTime(
            bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(userId)),
            MOST_FOR_ENTITLEMENT)
        // A guess is no fact.
        .map(read -> read.filter(entitlement -> entitlement.state() != State.FALLBACK));
  }

  private Future<Optional<MeterUsages>> usage(ReadUsages question) {
    return inTime(bus.ask(Channels.READ_USAGES, question), MOST_FOR_USAGE);
  }

  private static <T> Future<Optional<T>> inTime(Future<T> answer, Duration most) {
    return answer
        .timeout(most.toMillis(), TimeUnit.MILLISECONDS)
        .map(Optional::of)
        .otherwise(failure -> Optional.empty());
  }

  private static KnownFacts known(
      Set<String> facts,
      @Nullable Entitlement entitlement,
      boolean entitlementMissing,
      @Nullable MeterUsages usage) {
    Map<String, Object> values = new HashMap<>();
    Set<String> unreadable = new HashSet<>();
    for (String fact : facts) {
      String meter = KnownFacts.meter(fact);
      boolean missing = meter == null ? entitlementMissing : usage == null;
      Object value = meter == null ? value(fact, entitlement) : value(meter, usage);
      if (missing) {
        unreadable.add(fact);
      } else if (value != null) {
        values.put(fact, value);
      }
    }
    return new KnownFacts(values, unreadable, entitlement == null ? null : entitlement.revision());
  }

  private static @Nullable Object value(String fact, @Nullable Entitlement entitlement) {
    if (entitlement == null) {
      return null;
    }
    String limit = KnownFacts.limit(fact);
    if (limit != null) {
      return entitlement.limits().get(limit);
    }
    return fact.equals(Facts.TIER) ? entitlement.tier() : null;
  }

  private static @Nullable Number value(String meter, @Nullable MeterUsages usage) {
    String text = usage == null ? null : usage.values().get(meter);
    if (text == null) {
      return null;
    }
    BigDecimal exact = new BigDecimal(text);
    boolean whole = exact.scale() <= 0 && exact.precision() - exact.scale() <= 18;
    return whole ? (Number) exact.longValue() : exact;
  }
}
