package io.growthbus.ingest.store;

/** The fake that stands for PostgreSQL in tests of what is built on the store. */
class MemoryEventStoreTest extends EventStoreContract {
  private final MemoryEventStore store = new MemoryEventStore();

  @Override
  EventStore store() {
    return store;
  }

  @Override
  long count(String userId, String meter) {
    return store.count(userId, meter);
  }
}
