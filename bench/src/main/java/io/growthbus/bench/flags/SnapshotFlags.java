package io.growthbus.bench.flags;

import io.growthbus.bench.flags.peer.FlagSystem;
import io.growthbus.shared.flags.Bucketing;
import io.growthbus.shared.flags.FlagSnapshot;
import java.util.List;
import java.util.Map;

/** The product's rule engine alone, as a room has it. */
public final class SnapshotFlags implements FlagSystem {
  private final FlagSnapshot snapshot = new FlagSnapshot(1, BenchFlags.definitions(Bucketing.SEED));
  private final String[] ids = BenchFlags.ids();
  private final List<Map<String, Object>> attributes = BenchFlags.attributes();

  @Override
  public boolean rollout(int user) {
    return snapshot.evaluate(ROLLOUT, ids[user]).isOn();
  }

  @Override
  public boolean rule(int user) {
    return snapshot.evaluate(RULE, ids[user], attributes.get(user)).isOn();
  }

  @Override
  public void close() {
    // It holds nothing but memory.
  }
}
