package io.growthbus.bench.entitlements;

import io.growthbus.entitlements.EntitlementCache;
import io.growthbus.entitlements.EntitlementCache.Known;
import io.growthbus.entitlements.EntitlementsSettings;
import io.growthbus.shared.settings.Settings;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a user may use, from the memory of the room: its own cache, bounded and with a time to live,
 * filled with a thousand users who take turns. The limit is a plain map without either.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class EntitlementLookUp {
  private static final int USERS = 1_024;

  private final String[] users = new String[USERS];
  private final EntitlementCache cache =
      new EntitlementCache(
          new KnownSubscriptions(),
          InstantSource.system(),
          () -> Duration.ofMinutes(5),
          EntitlementsSettings.from(Settings.defaults()));
  private final Map<String, Known> plain = new ConcurrentHashMap<>();
  private int turn;

  /** Fills both. */
  public EntitlementLookUp() {
    for (int i = 0; i < USERS; i++) {
      users[i] = "user-" + i * 7_919L;
      plain.put(users[i], cache.get(users[i]).result().orElseThrow());
    }
  }

  /** The room's cache. */
  @Benchmark
  public Future<Optional<Known>> cache() {
    return cache.get(nextUser());
  }

  /** The limit. */
  @Benchmark
  public @Nullable Known plain() {
    return plain.get(nextUser());
  }

  private String nextUser() {
    turn = (turn + 1) & (USERS - 1);
    return users[turn];
  }
}
