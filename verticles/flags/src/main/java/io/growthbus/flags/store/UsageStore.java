package io.growthbus.flags.store;

import io.growthbus.shared.message.FlagReport;
import io.vertx.core.Future;
import java.util.List;

/** Where is kept how often flags are asked for. */
public interface UsageStore {

  /** What was asked for. */
  enum Kind {
    /** A flag that is defined. */
    FLAG,
    /** A key that is not. */
    UNKNOWN,
    /** The definitions, for evaluation elsewhere. */
    FETCH
  }

  /**
   * What a node has counted.
   *
   * @param key of the flag; empty for {@link Kind#FETCH}
   * @param byClient whether a browser may have asked
   * @param byServer whether a server has asked
   */
  record Counted(Kind kind, String key, long evaluations, boolean byClient, boolean byServer) {}

  /**
   * Adds what a node has counted, all of it or nothing, with the time of the database, and drops
   * what is kept no longer: unknown keys beyond 1,000, the least asked for first, and those that
   * nobody has asked for in 30 days.
   *
   * @param counted each kind and key once
   * @return fails with the error of PostgreSQL
   */
  Future<Void> add(List<Counted> counted);

  /**
   * The report as it is stored, flags that others need included.
   *
   * @param days after how many days a flag is stale
   * @return fails with the error of PostgreSQL
   */
  Future<FlagReport> report(int days);
}
