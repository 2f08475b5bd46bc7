package io.growthbus.bench.sdk;

import io.growthbus.bench.flags.peer.Users;
import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.Figures;
import io.growthbus.bench.ingest.Goal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What is said of a run, to people and as JSON. */
final class SdkReport {
  /** Where the evaluators run. */
  static final List<String> PLACES = List.of("node", "chromium");

  private static final String PRODUCT = "growthbus";
  private static final double FEWEST_ON = 0.44;
  private static final double MOST_ON = 0.56;

  private SdkReport() {}

  /**
   * The figures of all rounds. Checks the answers: the rule has one right answer for each user, the
   * rollout is about half of them, and the same in every place and round.
   *
   * @param rounds by subject and place
   */
  static Figures figures(JsonArray rounds, Checks checks) {
    Figures figures = new Figures();
    String right =
        IntStream.range(0, Users.COUNT)
            .mapToObj(user -> Users.fits(user) ? "1" : "0")
            .collect(Collectors.joining());
    JsonObject first = rounds.getJsonObject(0);
    for (int round = 0; round < rounds.size(); round++) {
      JsonObject measured = rounds.getJsonObject(round);
      for (String subject : first.fieldNames()) {
        String rollout =
            first.getJsonObject(subject).getJsonObject(PLACES.get(0)).getString("rollout");
        for (String place : PLACES) {
          JsonObject result = measured.getJsonObject(subject).getJsonObject(place);
          checks.expect(
              result.getString("rule").equals(right),
              subject + " in " + place + ": wrong answers of the rule");
          checks.expect(
              result.getString("rollout").equals(rollout) && isHalf(rollout),
              subject + " in " + place + ": wrong answers of the rollout");
          figures.add(subject, metric(place, "rollout"), result.getDouble("rollout_ns"));
          figures.add(subject, metric(place, "rule"), result.getDouble("rule_ns"));
        }
      }
    }
    return figures;
  }

  private static boolean isHalf(String rollout) {
    long on = rollout.chars().filter(answer -> answer == '1').count();
    return on >= FEWEST_ON * Users.COUNT && on <= MOST_ON * Users.COUNT;
  }

  private static String metric(String place, String what) {
    return place + "_" + what + "_ns";
  }

  static List<Goal> goals(Figures figures) {
    List<Goal> goals = new ArrayList<>();
    for (String place : PLACES) {
      String rollout = metric(place, "rollout");
      goals.add(
          Goal.atLeast(
              "times faster than GrowthBook in " + place,
              " x",
              10,
              figures.ratio("growthbook", PRODUCT, rollout)));
      goals.add(
          Goal.atLeast(
              "times faster than flagd-core in " + place,
              " x",
              6,
              figures.ratio("flagd", PRODUCT, rollout)));
    }
    return goals;
  }

  static void print(JsonObject measured, Figures figures, List<Goal> goals, Checks checks) {
    System.out.printf(
        Locale.ROOT,
        "%nNode %s, Chromium %s%n%-20s %14s %14s %18s %18s%n",
        measured.getString("node"),
        measured.getString("chromium"),
        "median ns of",
        "rollout, Node",
        "rule, Node",
        "rollout, Chromium",
        "rule, Chromium");
    for (String subject : figures.subjects()) {
      System.out.printf(
          Locale.ROOT,
          "%-20s %14s %14s %18s %18s%n",
          subject,
          number(figures.median(subject, metric("node", "rollout"))),
          number(figures.median(subject, metric("node", "rule"))),
          number(figures.median(subject, metric("chromium", "rollout"))),
          number(figures.median(subject, metric("chromium", "rule"))));
    }
    System.out.printf(
        Locale.ROOT, "%n%-20s %14s %14s%n", "bytes, gzip", "at first", "with all parts");
    JsonObject sizes = measured.getJsonObject("sizes");
    for (String sdk : sizes.fieldNames()) {
      JsonObject size = sizes.getJsonObject(sdk);
      System.out.printf(
          Locale.ROOT,
          "%-20s %,14d %,14d%n",
          sdk,
          size.getInteger("first"),
          size.getInteger("all"));
    }
    System.out.println("Goals");
    goals.forEach(goal -> System.out.println("  " + goal.text()));
    System.out.printf(
        Locale.ROOT, "Checks: %d made, %d failed%n", checks.made(), checks.failed().size());
    checks.failed().forEach(problem -> System.out.println("  " + problem));
  }

  private static String number(OptionalDouble value) {
    return value.isPresent() ? String.format(Locale.ROOT, "%,.1f", value.getAsDouble()) : "-";
  }
}
