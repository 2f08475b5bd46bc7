package io.growthbus.ingest.registry;

import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.schema.ContractSchema;
import io.growthbus.ingest.core.schema.ContractVerdict;
import io.growthbus.ingest.core.schema.PublishRules.Version;
import io.growthbus.ingest.core.schema.Versions;
import io.growthbus.ingest.core.schema.ViolationPolicy;
import io.growthbus.ingest.registry.Contracts.Entry;
import io.growthbus.ingest.store.SchemaStore;
import io.growthbus.ingest.store.SchemaStore.Registry;
import io.growthbus.ingest.store.SchemaStore.StoredSchema;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.domain.SemVer;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The contracts by which this node judges events: those of {@code growth.json} and, over them, the
 * published ones. Each is compiled once. They are replaced by those of a higher revision only and
 * outlive an absent database.
 *
 * <p>Safe for any thread.
 */
public final class LiveContracts {
  private static final Logger LOG = LoggerFactory.getLogger(LiveContracts.class);

  private final SchemaStore store;
  private final Live<GrowthConfig> config;
  private final SchemaCompiler compiler = new SchemaCompiler();
  private Registry registry = new Registry(-1, List.of());
  private Map<StoredSchema, Entry> compiled = Map.of();
  private volatile Contracts contracts;

  public LiveContracts(SchemaStore store, Live<GrowthConfig> config) {
    this.store = store;
    this.config = config;
    this.contracts = assemble(registry, Map.of(), config.get());
    config.onChange(this::follow);
  }

  /** What becomes of an event by its contract. */
  public ContractVerdict judge(TelemetryEvent event) {
    return contracts.judge(event);
  }

  /**
   * Events with a contract, and the names of properties in any version of it; the same object until
   * the contracts change.
   */
  public Map<String, Set<String>> propertyNames() {
    return contracts.propertyNames();
  }

  /** Those of this moment. */
  Contracts now() {
    return contracts;
  }

  /** Revision of the registry that they are of; -1 before the first one was read. */
  public long revision() {
    return contracts.revision();
  }

  /** Reads what is published; fails with the error of PostgreSQL. */
  public Future<Void> load() {
    return store.read().onSuccess(this::replace).mapEmpty();
  }

  /** Reads what is published when a revision is higher than the one in memory. */
  public Future<Void> catchUp(long revision) {
    return revision > contracts.revision() ? load() : Future.succeededFuture();
  }

  /** Looks whether a broadcast was missed; fails with the error of PostgreSQL. */
  public Future<Void> poll() {
    long before = contracts.revision();
    return store
        .revision()
        .compose(this::catchUp)
        .onSuccess(
            done -> {
              if (contracts.revision() > before) {
                LOG.info("revision {} of the contracts was found by polling", contracts.revision());
              }
            });
  }

  private synchronized void replace(Registry next) {
    if (next.revision() <= registry.revision()) {
      return;
    }
    Map<StoredSchema, Entry> ready = new HashMap<>();
    for (StoredSchema schema : next.schemas()) {
      Entry known = compiled.get(schema);
      Optional<Entry> entry = known == null ? compile(schema) : Optional.of(known);
      entry.ifPresent(e -> ready.put(schema, e));
    }
    registry = next;
    compiled = ready;
    contracts = assemble(next, ready, config.get());
  }

  private synchronized void follow(GrowthConfig changed) {
    contracts = assemble(registry, compiled, changed);
  }

  private Optional<Entry> compile(StoredSchema stored) {
    try {
      ContractSchema schema = new ContractSchema(SchemaCompiler.parse(stored.schema()));
      return SemVer.parse(stored.version())
          .map(
              version ->
                  new Entry(
                      stored.event(),
                      new Version(version, schema, false),
                      stored.publishedAtMs(),
                      compiler.compile(schema)));
    } catch (RoomException e) {
      LOG.error(
          "version {} of the contract of {} is stored but cannot be compiled, events are not held"
              + " against it: {}",
          stored.version(),
          stored.event(),
          e.text());
      return Optional.empty();
    }
  }

  private static Contracts assemble(
      Registry published, Map<StoredSchema, Entry> ready, GrowthConfig rules) {
    Map<String, Map<SemVer, Entry>> byEvent = new HashMap<>();
    FileContracts.of(rules.telemetry()).forEach(entry -> put(byEvent, entry));
    ready.values().forEach(entry -> put(byEvent, entry));
    Map<String, Versions<Entry>> versions = new TreeMap<>();
    byEvent.forEach((event, entries) -> versions.put(event, new Versions<>(entries)));
    return new Contracts(
        published.revision(), versions, new ViolationPolicy(rules.telemetry().violations()));
  }

  private static void put(Map<String, Map<SemVer, Entry>> byEvent, Entry entry) {
    byEvent
        .computeIfAbsent(entry.event(), event -> new HashMap<>())
        .put(entry.version().version(), entry);
  }
}
