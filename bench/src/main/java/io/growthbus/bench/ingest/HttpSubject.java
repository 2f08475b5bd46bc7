package io.growthbus.bench.ingest;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;

/** A server that stores events, its table, and what must be true after it was exposed to a load. */
final class HttpSubject {
  /** The table of the product, which is emptied and counted with its counters. */
  static final String PRODUCT_TABLE = "ingest.event";

  /** Users of the load cross thresholds, of which the product makes events of its own. */
  private static final String OF_CLIENTS = " WHERE name NOT LIKE '$%'";

  private final String name;
  private final String table;
  private final BenchDatabase database;
  private final Load load;
  private final EventBatches batches;
  private final Checks checks;

  /**
   * @param load with any number of connections and any times
   */
  HttpSubject(
      String name,
      String table,
      BenchDatabase database,
      Load load,
      EventIds.Version ids,
      Checks checks) {
    this.name = name;
    this.table = table;
    this.database = database;
    this.load = load;
    this.checks = checks;
    this.batches =
        new EventBatches(
            load.server().getHostString() + ":" + load.server().getPort(),
            BenchServers.SECRET_KEY,
            new EventIds(ids, System.nanoTime()));
  }

  String name() {
    return name;
  }

  /** Exposes it, with an empty table, to as much as so many connections bring. */
  Load.Result saturate(int connections, Duration ramp, Duration window)
      throws SQLException, IOException {
    return fromEmpty(load.with(connections).lasting(ramp, window));
  }

  /** Exposes it, with an empty table, to requests at even distances. */
  Load.Result atRate(double requestsPerSecond, int connections, Duration ramp, Duration window)
      throws SQLException, IOException {
    return fromEmpty(load.with(connections).lasting(ramp, window).atRate(requestsPerSecond));
  }

  /** Adds to what it has stored already. */
  Load.Result addMore(int connections, Duration ramp, Duration window) throws IOException {
    Load.Result result =
        LoadGenerator.run(
            load.with(connections).lasting(ramp, window), (nowMs, due) -> batches.next(nowMs));
    expectNoFailure(result);
    return result;
  }

  private Load.Result fromEmpty(Load exposed) throws SQLException, IOException {
    empty();
    Load.Result result = LoadGenerator.run(exposed, (nowMs, due) -> batches.next(nowMs));
    expectNoFailure(result);
    expectStored(result.accepted());
    return result;
  }

  private void empty() throws SQLException {
    if (table.equals(PRODUCT_TABLE)) {
      database.emptyProduct();
    } else {
      database.empty(table);
    }
  }

  private void expectNoFailure(Load.Result result) {
    checks.expect(
        result.failures() == 0,
        name + ": " + result.failures() + " requests failed, first: " + result.firstFailure());
    checks.expect(
        result.accepted() == EventBatches.EVENTS * (result.requests() - result.failures()),
        name + ": " + result.accepted() + " events accepted in " + result.requests() + " requests");
  }

  /** What was accepted must be in the table, no more and no less, and be counted. */
  void expectStored(long accepted) throws SQLException {
    long stored = database.count(table + OF_CLIENTS);
    checks.expect(
        stored == accepted, name + ": " + accepted + " events accepted, " + stored + " stored");
    if (table.equals(PRODUCT_TABLE)) {
      long counted = database.counted();
      checks.expect(
          counted == accepted,
          name + ": " + accepted + " events accepted, " + counted + " counted");
    }
  }
}
