package io.growthbus.bench.flags;

import io.growthbus.bench.flags.peer.FlagSystem;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.client.FlagClient;
import io.growthbus.shared.flags.Bucketing;
import io.growthbus.shared.message.FlagSet;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;

/** The product as a service in the cluster asks it: {@link FlagClient}. */
public class ClientFlags implements FlagSystem {
  private final Vertx vertx = Vertx.vertx();
  private final FlagClient client;
  private final String[] ids = BenchFlags.ids();
  private final List<Map<String, Object>> attributes = BenchFlags.attributes();

  /** With the bucketing of a flag that says nothing of it. */
  public ClientFlags() {
    this(Bucketing.SEED);
  }

  ClientFlags(Bucketing bucketing) {
    FlagSet flags = new FlagSet(1, BenchFlags.definitions(bucketing));
    Bus.of(vertx).answer(Channels.READ_FLAG_SET, question -> Future.succeededFuture(flags)).await();
    client = FlagClient.start(vertx).await();
  }

  @Override
  public boolean rollout(int user) {
    return client.isEnabled(ROLLOUT, ids[user]);
  }

  @Override
  public boolean rule(int user) {
    return client.isEnabled(RULE, ids[user], attributes.get(user));
  }

  @Override
  public void close() {
    vertx.close().await();
  }
}
