package io.growthbus.bench.flags;

import io.growthbus.bench.flags.peer.FlagSystem;
import io.growthbus.bench.flags.peer.Users;
import io.growthbus.shared.flags.Bucketing;

/** No system: the rollout and the rule as one writes them down. */
public final class PlainFlags implements FlagSystem {
  private final PlainEvaluator plain = new PlainEvaluator(BenchFlags.definitions(Bucketing.SEED));
  private final String[] ids = BenchFlags.ids();

  @Override
  public boolean rollout(int user) {
    return plain.isFeatureEnabled(ROLLOUT, ids[user]);
  }

  @Override
  public boolean rule(int user) {
    return Users.fits(user);
  }

  @Override
  public void close() {
    // It holds nothing but memory.
  }
}
