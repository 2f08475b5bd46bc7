package io.growthbus.ingest.store;

import io.growthbus.ingest.core.schema.PublishRules.Decision;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Where published contracts of events and the revision of the registry are kept. */
public interface SchemaStore {

  /**
   * A published version of a contract.
   *
   * @param schema JSON text
   * @param publishedAtMs ms since the epoch
   */
  record StoredSchema(String event, String version, String schema, long publishedAtMs) {}

  /** All published versions of all contracts, in no particular order, of one revision. */
  record Registry(long revision, List<StoredSchema> schemas) {}

  /**
   * What came of publishing.
   *
   * @param revision revision of the registry after it
   */
  record Published(Decision decision, long revision) {}

  /**
   * What came of deleting.
   *
   * @param revision revision of the registry after it
   */
  record Deleted(int versions, long revision) {}

  /** Everything that is published; fails with the error of PostgreSQL. */
  Future<Registry> read();

  /** The revision alone; fails with the error of PostgreSQL. */
  Future<Long> revision();

  /**
   * Publishes a version if the gate lets it; the revision grows by one then. Simultaneous calls are
   * ordered by a lock, so that the gate sees what is there.
   *
   * @param expectedRevision revision that the registry must have, or null for any
   * @param actor who orders it, for the audit
   * @param gate decides by the published versions of the event
   * @return fails with {@link RoomException} {@code revision_mismatch} or the error of PostgreSQL,
   *     and nothing is changed then
   */
  Future<Published> publish(
      String event,
      String version,
      String schema,
      @Nullable Long expectedRevision,
      String actor,
      Function<List<StoredSchema>, Decision> gate);

  /**
   * Removes versions; the revision grows by one if there were any.
   *
   * @param version only this one, or null for all
   * @param expectedRevision revision that the registry must have, or null for any
   * @param actor who orders it, for the audit
   * @return fails as {@link #publish}
   */
  Future<Deleted> delete(
      String event, @Nullable String version, @Nullable Long expectedRevision, String actor);

  /** Closes the connections. */
  Future<Void> close();
}
