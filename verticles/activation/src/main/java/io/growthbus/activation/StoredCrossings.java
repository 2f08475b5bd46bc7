package io.growthbus.activation;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.growthbus.activation.core.Crossings.Reached;
import io.growthbus.activation.core.Step;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Crossings of which this node knows that PostgreSQL has them. A user above a threshold is told of
 * with each further event, and need not be asked of again.
 *
 * <p>Only messages are held against it. What it should have forgotten, because the user was erased
 * or the database is an older one, is found by the sweep, which asks PostgreSQL.
 */
final class StoredCrossings {
  private static final int MOST = 100_000;
  private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(10);

  /** What a rule can be crossed for. */
  private record Place(String rule, int epoch, String userId, @Nullable LocalDate period) {
    static Place of(Reached reached) {
      return new Place(
          reached.rule().key(), reached.rule().epoch(), reached.userId(), reached.period());
    }
  }

  private final Cache<Place, List<Step>> steps =
      Caffeine.newBuilder().maximumSize(MOST).expireAfterWrite(FORGOTTEN_AFTER).build();

  /** Those with a step that may not be stored yet. */
  List<Reached> without(List<Reached> reached) {
    return reached.stream()
        .filter(one -> !one.steps().equals(steps.getIfPresent(Place.of(one))))
        .toList();
  }

  /** PostgreSQL has all steps of these. */
  void stored(List<Reached> reached) {
    reached.forEach(one -> steps.put(Place.of(one), one.steps()));
  }
}
