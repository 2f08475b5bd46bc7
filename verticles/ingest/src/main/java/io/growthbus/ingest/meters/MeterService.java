package io.growthbus.ingest.meters;

import io.growthbus.ingest.store.MeterSet;
import io.growthbus.ingest.store.MeterStore;
import io.growthbus.ingest.store.MeterStore.Changed;
import io.growthbus.shared.audit.AuditLog;
import io.growthbus.shared.bus.AppliedRevisions;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.DefinitionReader;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.MeterReader;
import io.growthbus.shared.config.MeterReader.MeterOrder;
import io.growthbus.shared.config.RuleReader;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.DeleteMeter;
import io.growthbus.shared.message.ListMeters;
import io.growthbus.shared.message.ListRules;
import io.growthbus.shared.message.MeterChange;
import io.growthbus.shared.message.MeterList;
import io.growthbus.shared.message.MeterState;
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.MeterUsages;
import io.growthbus.shared.message.MetersChanged;
import io.growthbus.shared.message.PutMeter;
import io.growthbus.shared.message.ReadUsage;
import io.growthbus.shared.message.ReadUsages;
import io.growthbus.shared.message.SampleUsers;
import io.growthbus.shared.message.UserSample;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The use cases of meters. The definitions in memory are replaced by those of a higher revision
 * only; a commit that still counts by older ones is refused by the store and repeated.
 */
public final class MeterService implements CurrentMeters {
  private static final Logger LOG = LoggerFactory.getLogger(MeterService.class);

  private static final int MOST_USERS = 10_000;

  /** Wait for the rules; those who wait for the removal have more patience. */
  private static final Duration RULES = Duration.ofSeconds(1);

  /** How long the answer to a change waits for the nodes to follow it. */
  private static final Duration COLLECTING = Duration.ofMillis(300);

  private final MeterStore store;
  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final AppliedRevisions applied;
  private volatile MeterSet meters = MeterSet.NONE;
  private volatile Future<Void> following = Future.succeededFuture();
  private volatile @Nullable List<Meter> wanted;

  public MeterService(Vertx vertx, MeterStore store, Bus bus, Live<GrowthConfig> config) {
    this.applied = new AppliedRevisions(vertx, bus, Channels.METERS_APPLIED);
    this.store = store;
    this.bus = bus;
    this.config = config;
  }

  @Override
  public MeterSet current() {
    return meters;
  }

  @Override
  public Future<Void> reload() {
    return store.read().onSuccess(this::replace).mapEmpty();
  }

  /** Begins to hear by which revision others count, and does as {@link #follow}. */
  public Future<Void> start(List<Meter> file) {
    return applied
        .listen()
        .compose(listening -> follow(file))
        .onSuccess(done -> applied.announce(meters.revision()));
  }

  /**
   * Makes the stored definitions follow the file, and tells every node when that changed them.
   * Calls are done one after the other, so that the last file wins; one that fails is done again by
   * {@link #poll}.
   *
   * @return fails with the error of PostgreSQL, the definitions are then as before
   */
  public synchronized Future<Void> follow(List<Meter> file) {
    wanted = file;
    following =
        following.transform(earlier -> store.follow(file)).onSuccess(this::announce).mapEmpty();
    return following.onSuccess(done -> forget(file));
  }

  /** Reads the definitions when a revision is higher than the one in memory. */
  public Future<Void> catchUp(int revision) {
    return revision > meters.revision() ? reload() : Future.succeededFuture();
  }

  /** Looks whether a broadcast was missed, after storing a file that could not be stored before. */
  public Future<Void> poll() {
    List<Meter> unstored = wanted;
    if (unstored != null && following.isComplete()) {
      return follow(unstored);
    }
    return store
        .revision()
        .compose(this::catchUp)
        .onSuccess(done -> applied.announce(meters.revision()));
  }

  /**
   * Meters as they are stored; fails with {@link RoomException} {@code unknown_meter} or {@code
   * store_unavailable}.
   */
  public Future<MeterList> list(ListMeters query) {
    return store
        .list()
        .map(
            all -> {
              List<MeterState> found =
                  all.meters().stream()
                      .filter(meter -> query.key() == null || query.key().equals(meter.key()))
                      .toList();
              if (query.key() != null && found.isEmpty()) {
                throw unknown();
              }
              return new MeterList(all.revision(), found);
            })
        .recover(MeterService::refusal);
  }

  /**
   * Defines a meter; this node counts by it when the answer comes, the others from their next
   * commit on.
   *
   * @return fails with {@link RoomException} {@code invalid_key}, {@code invalid_field}, {@code
   *     revision_mismatch}, {@code meter_differs}, {@code too_many_meters} or {@code
   *     store_unavailable}
   */
  public Future<MeterChange> put(PutMeter order) {
    return Future.succeededFuture(order)
        .map(MeterService::read)
        .compose(
            read ->
                store.put(
                    read.meter(),
                    read.reset(),
                    order.expectedRevision(),
                    AuditLog.actor(order.actor())))
        .onSuccess(this::announce)
        .compose(changed -> change(order.key(), changed))
        .recover(MeterService::refusal);
  }

  /**
   * Removes a meter of an operator; one of {@code growth.json} under the same key begins anew then.
   *
   * @return fails with {@link RoomException} {@code meter_in_use}, {@code unknown_meter}, {@code
   *     meter_in_file}, {@code revision_mismatch} or {@code store_unavailable}
   */
  public Future<MeterChange> delete(DeleteMeter order) {
    return unneeded(order.key())
        .compose(
            unneeded ->
                store.delete(order.key(), order.expectedRevision(), AuditLog.actor(order.actor())))
        .onSuccess(this::announce)
        .onSuccess(
            deleted ->
                follow(config.get().meters())
                    .onFailure(
                        e ->
                            LOG.warn("the meters of growth.json are not stored: {}", e.toString())))
        .compose(deleted -> change(deleted, null))
        .recover(MeterService::refusal);
  }

  /** Completed when no rule names the meter; the file's do whether or not they apply now. */
  private Future<Void> unneeded(String meter) {
    List<Rule> ofFile = config.get().activation().rules();
    return bus.ask(Channels.LIST_RULES, new ListRules(null))
        .timeout(RULES.toMillis(), TimeUnit.MILLISECONDS)
        .transform(
            asked -> {
              Stream<Rule> rules =
                  asked.failed()
                      ? ofFile.stream()
                      : Stream.concat(
                          ofFile.stream(), asked.result().rules().stream().map(RuleReader::stored));
              Optional<Rule> user = rules.filter(rule -> rule.names(meter)).findFirst();
              if (user.isPresent()) {
                throw new RoomException(
                    ErrorKind.CONFLICT,
                    "meter_in_use",
                    "The rule " + user.get().key() + " needs this meter.");
              }
              if (asked.failed()) {
                throw new RoomException(
                    ErrorKind.UNAVAILABLE,
                    "store_unavailable",
                    "The rules that may need the meter cannot be read now; try again.");
              }
              return Future.succeededFuture();
            });
  }

  /**
   * The value of a meter now; fails with {@link RoomException} {@code unknown_meter} or {@code
   * store_unavailable}.
   */
  public Future<MeterUsage> usage(ReadUsage question) {
    return store
        .usage(question)
        .map(found -> found.orElseThrow(MeterService::unknown))
        .recover(MeterService::refusal);
  }

  /**
   * The values of several meters now; fails with {@link RoomException} {@code too_many_meters} or
   * {@code store_unavailable}.
   */
  public Future<MeterUsages> usages(ReadUsages question) {
    if (question.meters().size() > MeterReader.MOST_METERS) {
      return Future.failedFuture(
          new RoomException(
              ErrorKind.INVALID,
              "too_many_meters",
              "Ask for at most " + MeterReader.MOST_METERS + " meters at once."));
    }
    return store.usages(question).recover(MeterService::refusal);
  }

  /**
   * Some of the known users; fails with {@link RoomException} {@code invalid_number} or {@code
   * store_unavailable}.
   */
  public Future<UserSample> sample(SampleUsers question) {
    if (question.most() < 1 || question.most() > MOST_USERS) {
      return Future.failedFuture(
          new RoomException(
              ErrorKind.INVALID, "invalid_number", "Ask for 1 to " + MOST_USERS + " users."));
    }
    return store.sample(question.most()).recover(MeterService::refusal);
  }

  private static MeterOrder read(PutMeter order) {
    if (!MeterReader.isKey(order.key())) {
      throw new RoomException(
          ErrorKind.INVALID,
          "invalid_key",
          "A meter's key has 1 to 128 characters from A-Z a-z 0-9 . _ -");
    }
    Problems problems = new Problems();
    return MeterReader.read(order.definition(), order.key(), problems)
        .orElseThrow(() -> RoomException.invalidFields(DefinitionReader.fields(problems)));
  }

  private Future<MeterChange> change(String key, Changed changed) {
    return store
        .list()
        .map(all -> all.meters().stream().filter(meter -> meter.key().equals(key)).findFirst())
        .compose(meter -> change(changed, meter.orElse(null)));
  }

  private Future<MeterChange> change(Changed changed, @Nullable MeterState meter) {
    int revision = changed.meters().revision();
    return applied
        .collect(revision, COLLECTING)
        .map(
            who ->
                new MeterChange(
                    revision, changed.changed(), meter, who.nodes(), who.pending(), who.atMs()));
  }

  private void announce(Changed changed) {
    replace(changed.meters());
    if (changed.changed()) {
      bus.publish(Channels.METERS_CHANGED, new MetersChanged(changed.meters().revision()));
    }
    changed
        .restarted()
        .forEach(key -> LOG.warn("meter {} counts something else now and began anew", key));
  }

  private synchronized void forget(List<Meter> stored) {
    if (stored == wanted) {
      wanted = null;
    }
  }

  private synchronized void replace(MeterSet next) {
    if (next.revision() > meters.revision()) {
      meters = next;
      applied.announce(next.revision());
    }
  }

  private static <T> Future<T> refusal(Throwable failure) {
    return Future.failedFuture(
        Postgres.isTransient(failure)
            ? new RoomException(
                ErrorKind.UNAVAILABLE,
                "store_unavailable",
                "The meters cannot be read or changed now; try again.")
            : failure);
  }

  private static RoomException unknown() {
    return new RoomException(
        ErrorKind.NOT_FOUND, "unknown_meter", "There is no such meter of this kind of subject.");
  }
}
