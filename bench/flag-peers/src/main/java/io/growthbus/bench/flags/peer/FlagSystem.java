package io.growthbus.bench.flags.peer;

/**
 * Flags inside of this JVM: 100 of them, and the users of {@link Users}, who are asked for by their
 * number. What a system needs to know of a user is made beforehand, so that only the evaluation is
 * measured.
 */
public interface FlagSystem extends AutoCloseable {
  /** Flags that are loaded. */
  int FLAGS = 100;

  /** The flag that is asked for its rollout. */
  String ROLLOUT = "flag-42";

  /** The flag that is asked for its rule. */
  String RULE = "flag-77";

  /**
   * The answer of {@link #ROLLOUT}: on for 50 % of the users.
   *
   * @param user 0 to {@link Users#COUNT} − 1
   */
  boolean rollout(int user);

  /**
   * The answer of {@link #RULE}: on for those of whom three attributes are right, as {@link
   * Users#fits} says it, off for all others.
   */
  boolean rule(int user);

  @Override
  void close();
}
