package io.growthbus.bench.flags;

import io.growthbus.shared.flags.FlagDefinition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The rollout as it is written down: join user and key, hash character by character. */
final class PlainEvaluator {
  private final Map<String, FlagDefinition> flags = new HashMap<>();

  PlainEvaluator(List<FlagDefinition> definitions) {
    definitions.forEach(flag -> flags.put(flag.key(), flag));
  }

  boolean isFeatureEnabled(String key, String userId) {
    FlagDefinition flag = flags.get(key);
    if (flag == null || !flag.enabled()) {
      return false;
    }
    if (flag.targetUsers().contains(userId)) {
      return true;
    }
    return bucket(userId + key) < flag.rolloutPercentage();
  }

  private static long bucket(String text) {
    int hash = 0;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash << 5) - hash + text.charAt(i);
    }
    return Math.abs((long) hash) % 100;
  }
}
