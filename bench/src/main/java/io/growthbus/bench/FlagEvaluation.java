package io.growthbus.bench;

import io.growthbus.shared.flags.FlagDecision;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.FlagSnapshot;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
 * One boolean flag with a partial rollout, for users that take turns, as a service asks it in its
 * own JVM. The peer is the plain algorithm: look the flag up, join user and key, hash the text.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class FlagEvaluation {
  private static final int USERS = 1_024;

  private final List<FlagDefinition> definitions =
      IntStream.range(0, 100)
          .mapToObj(i -> new FlagDefinition("flag-" + i, true, 50, List.of(), Surface.CLIENT))
          .toList();
  private final FlagSnapshot snapshot = new FlagSnapshot(1, definitions);
  private final PlainEvaluator plain = new PlainEvaluator(definitions);
  private final String[] users =
      IntStream.range(0, USERS).mapToObj(i -> "user-" + i * 7_919L).toArray(String[]::new);
  private int turn;

  /** The product's evaluation. */
  @Benchmark
  public FlagDecision snapshot() {
    return snapshot.evaluate("flag-42", nextUser());
  }

  /** The peer. */
  @Benchmark
  public boolean plain() {
    return plain.isFeatureEnabled("flag-42", nextUser());
  }

  private String nextUser() {
    turn = (turn + 1) & (USERS - 1);
    return users[turn];
  }
}
