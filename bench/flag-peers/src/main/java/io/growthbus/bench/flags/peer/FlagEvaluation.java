package io.growthbus.bench.flags.peer;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One evaluation for users that take turns, as a service asks in its own JVM. A fork loads one
 * system only, so that the call of the interface costs none of them anything.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FlagEvaluation {
  /** Class of the system. */
  @Param("")
  public String system = "";

  private @Nullable FlagSystem flags;
  private int turn;

  @Setup(Level.Trial)
  public void start() throws ReflectiveOperationException {
    flags = Answers.start(system);
  }

  @TearDown(Level.Trial)
  public void stop() {
    if (flags != null) {
      flags.close();
    }
  }

  /** A boolean flag at 50 % of all users. */
  @Benchmark
  @SuppressWarnings("NullAway") // Set before the first call, and a check would be measured.
  public boolean rollout() {
    return flags.rollout(next());
  }

  /** A rule over three attributes. */
  @Benchmark
  @SuppressWarnings("NullAway") // As above.
  public boolean rule() {
    return flags.rule(next());
  }

  private int next() {
    turn = (turn + 1) & (Users.COUNT - 1);
    return turn;
  }
}
