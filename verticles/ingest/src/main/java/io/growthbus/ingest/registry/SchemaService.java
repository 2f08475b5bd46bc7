package io.growthbus.ingest.registry;

import io.growthbus.ingest.core.Limits;
import io.growthbus.ingest.core.schema.ContractSchema;
import io.growthbus.ingest.core.schema.PublishRules;
import io.growthbus.ingest.core.schema.PublishRules.Decision;
import io.growthbus.ingest.core.schema.PublishRules.Version;
import io.growthbus.ingest.registry.Contracts.Entry;
import io.growthbus.ingest.store.SchemaStore;
import io.growthbus.ingest.store.SchemaStore.Published;
import io.growthbus.ingest.store.SchemaStore.StoredSchema;
import io.growthbus.shared.audit.AuditLog;
import io.growthbus.shared.bus.AppliedRevisions;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.domain.SemVer;
import io.growthbus.shared.message.DeleteSchema;
import io.growthbus.shared.message.EventSchema;
import io.growthbus.shared.message.GeneratedTypes;
import io.growthbus.shared.message.ListSchemas;
import io.growthbus.shared.message.PublishSchema;
import io.growthbus.shared.message.SchemaChange;
import io.growthbus.shared.message.SchemaList;
import io.growthbus.shared.message.SchemasChanged;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The use cases of the registry of contracts: list, publish, delete, declare in TypeScript. */
public final class SchemaService {
  /** How long the answer to a change waits for the nodes to follow it. */
  private static final Duration COLLECTING = Duration.ofMillis(300);

  private final Vertx vertx;
  private final SchemaStore store;
  private final LiveContracts contracts;
  private final Bus bus;
  private final AppliedRevisions applied;
  private final Live<GrowthConfig> config;
  private final SchemaCompiler compiler = new SchemaCompiler();

  public SchemaService(
      Vertx vertx,
      SchemaStore store,
      LiveContracts contracts,
      Bus bus,
      AppliedRevisions applied,
      Live<GrowthConfig> config) {
    this.vertx = vertx;
    this.store = store;
    this.contracts = contracts;
    this.bus = bus;
    this.applied = applied;
    this.config = config;
  }

  /** Contracts as this node applies them. */
  public SchemaList list(ListSchemas query) {
    Contracts now = contracts.now();
    return new SchemaList(
        Math.max(now.revision(), 0),
        now.entries().stream()
            .filter(entry -> query.event() == null || query.event().equals(entry.event()))
            .map(SchemaService::message)
            .toList());
  }

  /** TypeScript declarations of the contracts as this node applies them. */
  public GeneratedTypes types() {
    Contracts now = contracts.now();
    return new GeneratedTypes(Math.max(now.revision(), 0), Declarations.of(now.entries()));
  }

  /**
   * Publishes a version of a contract; the answer names the nodes that act by it already.
   *
   * @return fails with {@link RoomException} {@code invalid_name}, {@code invalid_version}, {@code
   *     invalid_schema}, {@code schema_too_large}, {@code version_exists}, {@code
   *     version_not_ascending}, {@code incompatible_schema}, {@code revision_mismatch} or {@code
   *     store_unavailable}
   */
  public Future<SchemaChange> publish(PublishSchema order) {
    // The first one loads the schema of schemas, which takes longer than an event loop may.
    return vertx
        .executeBlocking(() -> candidate(order))
        .compose(
            candidate ->
                store.publish(
                    order.event(),
                    order.version(),
                    SchemaCompiler.text(candidate.schema()),
                    order.expectedRevision(),
                    AuditLog.actor(order.actor()),
                    stored ->
                        PublishRules.decide(
                            existing(order.event(), stored),
                            candidate.version(),
                            candidate.schema())))
        .compose(SchemaService::accepted)
        .compose(
            published ->
                announce(published.revision(), published.decision() instanceof Decision.Publish))
        .recover(SchemaService::refusal);
  }

  /**
   * Removes published versions; a contract of {@code growth.json} applies again then.
   *
   * @return fails with {@link RoomException} {@code unknown_schema}, {@code revision_mismatch} or
   *     {@code store_unavailable}
   */
  public Future<SchemaChange> delete(DeleteSchema order) {
    return store
        .delete(
            order.event(), order.version(), order.expectedRevision(), AuditLog.actor(order.actor()))
        .compose(
            deleted ->
                deleted.versions() == 0
                    ? Future.failedFuture(
                        new RoomException(
                            ErrorKind.NOT_FOUND,
                            "unknown_schema",
                            "No such contract is published; those of growth.json are changed there."))
                    : announce(deleted.revision(), true))
        .recover(SchemaService::refusal);
  }

  private Version candidate(PublishSchema order) {
    if (!Limits.isName(order.event())) {
      throw new RoomException(
          ErrorKind.INVALID,
          "invalid_name",
          "An event's name has 1 to 100 characters from A-Z a-z 0-9 _ . : $ - and space.",
          "/event");
    }
    SemVer version =
        SemVer.parse(order.version())
            .filter(v -> v.toString().equals(order.version()))
            .filter(v -> order.version().length() <= Limits.VERSION)
            .orElseThrow(
                () ->
                    new RoomException(
                        ErrorKind.INVALID,
                        "invalid_version",
                        "The version must be one such as 1.0.0, without build metadata.",
                        "/version"));
    if (!Limits.isStorable(order.schema()) || order.schema().contains("\\u0000")) {
      throw new RoomException(
          ErrorKind.INVALID, "invalid_schema", "It must not hold NUL or half of a surrogate pair.");
    }
    ContractSchema schema = compiler.read(order.schema());
    compiler.compile(schema);
    return new Version(version, schema, false);
  }

  private List<Version> existing(String event, List<StoredSchema> stored) {
    Map<SemVer, Version> versions = new HashMap<>();
    FileContracts.of(config.get().telemetry(), event)
        .ifPresent(given -> versions.put(given.version(), given));
    for (StoredSchema schema : stored) {
      SemVer.parse(schema.version())
          .ifPresent(
              version ->
                  versions.put(
                      version,
                      new Version(
                          version,
                          new ContractSchema(SchemaCompiler.parse(schema.schema())),
                          false)));
    }
    return List.copyOf(versions.values());
  }

  private static Future<Published> accepted(Published published) {
    return published.decision() instanceof Decision.Refuse no
        ? Future.failedFuture(
            new RoomException(ErrorKind.CONFLICT, no.code(), no.message(), no.pointer()))
        : Future.succeededFuture(published);
  }

  private Future<SchemaChange> announce(long revision, boolean changed) {
    if (changed) {
      bus.publish(Channels.SCHEMAS_CHANGED, new SchemasChanged(revision));
    }
    // It is committed; a node that cannot read it now finds it by polling.
    return contracts
        .catchUp(revision)
        .onSuccess(read -> applied.announce(contracts.revision()))
        .transform(read -> applied.collect(revision, COLLECTING))
        .map(who -> new SchemaChange(revision, changed, who.nodes(), who.pending(), who.atMs()));
  }

  private static <T> Future<T> refusal(Throwable failure) {
    if (Postgres.isPoison(failure)) {
      return Future.failedFuture(
          new RoomException(
              ErrorKind.INVALID, "invalid_schema", "The database refuses a value of it."));
    }
    return Future.failedFuture(
        Postgres.isTransient(failure)
            ? new RoomException(
                ErrorKind.UNAVAILABLE,
                "store_unavailable",
                "The contracts cannot be changed now; try again.")
            : failure);
  }

  private static EventSchema message(Entry entry) {
    return new EventSchema(
        entry.event(),
        entry.version().version().toString(),
        entry.version().fromFile() ? EventSchema.Source.FILE : EventSchema.Source.API,
        SchemaCompiler.text(entry.schema()),
        entry.publishedAtMs());
  }
}
