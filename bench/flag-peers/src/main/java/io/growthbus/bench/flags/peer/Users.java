package io.growthbus.bench.flags.peer;

import java.util.List;

/**
 * Who is asked for, and the rule over three attributes: country is one of four, the plan begins
 * with {@code team}, and there are ten seats or more. For most users all three have to be looked
 * at.
 */
public final class Users {
  /** How many; a power of two. */
  public static final int COUNT = 1_024;

  /** Countries that the rule wants. */
  public static final List<String> WANTED = List.of("de", "fr", "it", "es");

  /** What the plan has to begin with. */
  public static final String PLAN = "team";

  /** The fewest seats. */
  public static final int SEATS = 10;

  private static final List<String> COUNTRIES = List.of("de", "fr", "it", "es", "us");
  private static final List<String> PLANS = List.of("team-monthly", "team-yearly", "free");

  private Users() {}

  /** Id of a user. */
  public static String id(int user) {
    return "user-" + user * 7_919L;
  }

  public static String country(int user) {
    return COUNTRIES.get(user % COUNTRIES.size());
  }

  public static String plan(int user) {
    return PLANS.get(user % PLANS.size());
  }

  public static int seats(int user) {
    return user % 50;
  }

  /** Whether the rule concerns a user. */
  public static boolean fits(int user) {
    return WANTED.contains(country(user)) && plan(user).startsWith(PLAN) && seats(user) >= SEATS;
  }
}
