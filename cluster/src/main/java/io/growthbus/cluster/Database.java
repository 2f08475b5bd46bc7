package io.growthbus.cluster;

import io.growthbus.shared.postgres.PostgresSettings;

/**
 * A PostgreSQL that a node may use.
 *
 * @param settings how to reach it
 * @param description one line for an operator, without credentials
 * @param stop stops it if it belongs to this node; otherwise does nothing
 */
record Database(PostgresSettings settings, String description, Runnable stop)
    implements AutoCloseable {

  @Override
  public void close() {
    stop.run();
  }
}
