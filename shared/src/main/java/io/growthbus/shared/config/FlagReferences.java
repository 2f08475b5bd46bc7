package io.growthbus.shared.config;

import io.growthbus.shared.flags.Bucketing;
import io.growthbus.shared.flags.FlagCheck;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Segment;
import io.growthbus.shared.settings.Problems;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks the flags of a file: what they say of each other, and what is doubtful. */
final class FlagReferences {
  private FlagReferences() {}

  static void check(Flags flags, Set<String> tiers, Problems problems) {
    Map<String, FlagDefinition> byKey = new LinkedHashMap<>();
    flags.definitions().forEach(flag -> byKey.putIfAbsent(flag.key(), flag));
    List<String> segments = flags.segments().stream().map(Segment::key).toList();
    List<String> holdouts = flags.holdouts().stream().map(Holdout::key).toList();
    for (int i = 0; i < flags.definitions().size(); i++) {
      String place = "growth.json /flags/definitions/" + i;
      FlagCheck.check(flags.definitions().get(i), byKey, segments, holdouts)
          .forEach(problem -> problems.error(place + problem.pointer(), problem.what()));
    }
    for (int i = 0; i < flags.segments().size(); i++) {
      String place = "growth.json /flags/segments/" + i;
      FlagCheck.check(flags.segments().get(i))
          .forEach(problem -> problems.error(place + problem.pointer(), problem.what()));
    }
    doubtful(flags.definitions(), tiers, problems);
  }

  private static void doubtful(List<FlagDefinition> flags, Set<String> tiers, Problems problems) {
    Map<Integer, String> partialByLength = new HashMap<>();
    for (int i = 0; i < flags.size(); i++) {
      FlagDefinition flag = flags.get(i);
      for (String user : flag.targetUsers()) {
        if (tiers.stream().anyMatch(tier -> user.equals(tier) || user.startsWith(tier + "_"))) {
          problems.warning(
              "growth.json /flags/definitions/" + i + "/target_users",
              "\"" + user + "\" looks like a segment, but is compared with user ids literally");
        }
      }
      String other =
          isCorrelated(flag) ? partialByLength.putIfAbsent(flag.key().length(), flag.key()) : null;
      if (other != null) {
        problems.warning(
            "growth.json /flags/definitions/" + i + "/key",
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
