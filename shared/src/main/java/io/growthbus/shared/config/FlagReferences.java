package io.growthbus.shared.config;

import io.growthbus.shared.flags.Bucketing;
import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.FlagCheck;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.settings.Problems;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks flags: what they say of each other, and what is doubtful. */
public final class FlagReferences {
  private FlagReferences() {}

  /**
   * Notes what is wrong with flags and what is doubtful about them.
   *
   * @param document what stands before the pointer of a problem
   * @param known tiers, limits and meters that there are
   */
  static void check(String document, Flags flags, FactReferences.Known known, Problems problems) {
    FlagCheck.all(flags)
        .forEach(
            found ->
                problems.error(
                    document + pointer(found.kind(), found.index()) + found.problem().pointer(),
                    found.problem().what()));
    FactReferences.all(flags, known)
        .forEach(problem -> problems.error(document + problem.pointer(), problem.what()));
    doubtful(document, flags.definitions(), known.tiers(), problems);
  }

  /** JSON pointer of a definition in {@code growth.json}. */
  public static String pointer(Definition.Kind kind, int index) {
    String list =
        switch (kind) {
          case FLAG -> "definitions";
          case SEGMENT -> "segments";
          case HOLDOUT -> "holdouts";
        };
    return "/flags/" + list + "/" + index;
  }

  /**
   * What is doubtful about one flag among others.
   *
   * @param others without it
   * @param tiers names of the tiers that there are
   * @return pointer into the flag and words, for people
   */
  public static List<String> doubts(
      FlagDefinition flag, List<FlagDefinition> others, Set<String> tiers) {
    List<FlagDefinition> all = new ArrayList<>(others);
    all.add(flag);
    Problems problems = new Problems();
    doubtful("", all, tiers, problems);
    String place = pointer(Definition.Kind.FLAG, others.size());
    return problems.warnings().stream()
        .filter(warning -> warning.startsWith(place + "/"))
        .map(warning -> warning.substring(place.length()))
        .toList();
  }

  private static void doubtful(
      String document, List<FlagDefinition> flags, Set<String> tiers, Problems problems) {
    Map<Integer, String> partialByLength = new HashMap<>();
    for (int i = 0; i < flags.size(); i++) {
      FlagDefinition flag = flags.get(i);
      for (String user : flag.targetUsers()) {
        if (tiers.stream().anyMatch(tier -> user.equals(tier) || user.startsWith(tier + "_"))) {
          problems.warning(
              document + pointer(Definition.Kind.FLAG, i) + "/target_users",
              "\"" + user + "\" looks like a segment, but is compared with user ids literally");
        }
      }
      String other =
          isCorrelated(flag) ? partialByLength.putIfAbsent(flag.key().length(), flag.key()) : null;
      if (other != null) {
        problems.warning(
            document + pointer(Definition.Kind.FLAG, i) + "/key",
            "\""
                + flag.key()
                + "\" and \""
                + other
                + "\" have keys of one length, so that their rollouts reach nearly the same users;"
                + " \"bucketing\": \"murmur3\" makes them independent");
      }
    }
  }

  /** Whether users are divided by the seed's hash, for which only the length of the key counts. */
  private static boolean isCorrelated(FlagDefinition flag) {
    return flag.rules().bucketing() == Bucketing.SEED
        && (isPartial(flag.rolloutPercentage())
            || flag.rules().rules().stream().anyMatch(rule -> isPartial(rule.rolloutPercentage())));
  }

  private static boolean isPartial(double percentage) {
    return percentage > 0 && percentage < 100;
  }
}
