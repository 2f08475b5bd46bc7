package io.growthbus.ingest.store;

import io.growthbus.ingest.store.MeterSet.Counted;

/** The fake that stands for PostgreSQL in tests of what is built on the store. */
class MemoryEventStoreTest extends EventStoreContract {
  private final MemoryEventStore store = new MemoryEventStore();

  @Override
  EventStore store() {
    return store;
  }

  @Override
  MeterSet meters() {
    return MeterSet.of(
        MemoryEventStore.REVISION,
        METERS.stream().map(meter -> new Counted(METERS.indexOf(meter) + 1, meter)).toList());
  }

  @Override
  long count(String userId, String meter) {
    return store.count(userId, meter);
  }
}
