package io.growthbus.ingest.meters;

import io.growthbus.ingest.store.MeterSet;
import io.vertx.core.Future;

/** The meters by which commits count, as this node knows them. */
@FunctionalInterface
public interface CurrentMeters {
  /** The meters now; another set as soon as they change. */
  MeterSet current();

  /** Reads them anew, because the store has others; fails with the error of PostgreSQL. */
  default Future<Void> reload() {
    return Future.succeededFuture();
  }
}
