package io.growthbus.bench.flags.peer;

import java.util.function.IntPredicate;

/** Prints what a system answers to every user, for the benchmark to check before it measures. */
public final class Answers {
  private Answers() {}

  /**
   * Two lines, of the rollout and of the rule, with a 0 or 1 for each user.
   *
   * @param arguments class of the system
   */
  public static void main(String[] arguments) throws ReflectiveOperationException {
    try (FlagSystem flags = start(arguments[0])) {
      System.out.println("  rollout  " + line(flags::rollout));
      System.out.println("  rule     " + line(flags::rule));
    }
  }

  /** Starts a system. */
  static FlagSystem start(String system) throws ReflectiveOperationException {
    return Class.forName(system).asSubclass(FlagSystem.class).getConstructor().newInstance();
  }

  private static String line(IntPredicate answer) {
    StringBuilder line = new StringBuilder(Users.COUNT);
    for (int user = 0; user < Users.COUNT; user++) {
      line.append(answer.test(user) ? '1' : '0');
    }
    return line.toString();
  }
}
