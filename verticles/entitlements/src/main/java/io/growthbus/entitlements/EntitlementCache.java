package io.growthbus.entitlements;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.growthbus.entitlements.store.SubscriptionStore;
import io.growthbus.entitlements.store.SubscriptionStore.UserSubscriptions;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node knows of users' subscriptions.
 *
 * <p>Design: the cache holds facts, not answers, so that deadlines hold at the moment of a question
 * however old the facts are. An entry has a time until which it is fresh (the TTL, shortened by up
 * to ten per cent so that entries loaded together do not expire together). After that it is read
 * again; when PostgreSQL does not answer in time the old facts are used and called stale. Facts are
 * never replaced by facts of a lower revision, and never by nothing.
 *
 * <p>Lives on one event loop; not thread-safe.
 */
public final class EntitlementCache {
  private static final Logger LOG = LoggerFactory.getLogger(EntitlementCache.class);
  private static final double JITTER = 0.1;

  /** A read of this many read timeouts counts as lost; the next question starts another one. */
  private static final int LOST_AFTER_TIMEOUTS = 20;

  /**
   * Facts of a user.
   *
   * @param loadedMs when they were read, ms since the epoch
   * @param stale whether they are older than the TTL because PostgreSQL did not answer
   */
  public record Known(UserSubscriptions facts, long loadedMs, boolean stale) {}

  /**
   * @param freshUntilMs 0 when it is no longer fresh
   * @param answer what is answered as long as it is fresh, made once
   */
  private record Entry(
      UserSubscriptions facts, long loadedMs, long freshUntilMs, Future<Optional<Known>> answer) {
    Entry(UserSubscriptions facts, long loadedMs, long freshUntilMs) {
      this(
          facts,
          loadedMs,
          freshUntilMs,
          Future.succeededFuture(Optional.of(new Known(facts, loadedMs, false))));
    }

    Entry noLongerFresh() {
      return new Entry(facts, loadedMs, 0, answer);
    }
  }

  /** A read that is under way, and the least revision that would make it fresh. */
  private static final class Loading {
    private long wantedRevision;
    private Future<Entry> result = Future.failedFuture("not started");
  }

  private final SubscriptionStore store;
  private final InstantSource clock;
  private final Supplier<Duration> ttl;
  private final Duration readTimeout;
  private final Cache<String, Entry> entries;
  private final Map<String, Loading> loading = new HashMap<>();

  /**
   * @param ttl how long facts are fresh, read anew for each entry
   */
  public EntitlementCache(
      SubscriptionStore store,
      InstantSource clock,
      Supplier<Duration> ttl,
      EntitlementsSettings settings) {
    this.store = store;
    this.clock = clock;
    this.ttl = ttl;
    this.readTimeout = settings.readTimeout();
    this.entries = Caffeine.newBuilder().maximumSize(settings.cacheSize()).build();
  }

  /**
   * The facts of a user, from memory when they are fresh; empty when nothing is known and
   * PostgreSQL does not answer in time. Never fails.
   */
  public Future<Optional<Known>> get(String userId) {
    Entry entry = entries.getIfPresent(userId);
    if (entry != null && clock.millis() < entry.freshUntilMs()) {
      return entry.answer();
    }
    return load(userId)
        .timeout(readTimeout.toMillis(), TimeUnit.MILLISECONDS)
        .compose(Entry::answer)
        .otherwise(
            failure -> {
              LOG.debug("subscriptions cannot be read", failure);
              return Optional.ofNullable(entries.getIfPresent(userId))
                  .map(old -> new Known(old.facts(), old.loadedMs(), true));
            });
  }

  /** Facts below this revision are no longer fresh. */
  void invalidate(String userId, long revision) {
    Loading under = loading.get(userId);
    if (under != null) {
      under.wantedRevision = Math.max(under.wantedRevision, revision);
    }
    Entry entry = entries.getIfPresent(userId);
    if (entry != null && entry.facts().revision() < revision) {
      entries.put(userId, entry.noLongerFresh());
    }
  }

  /** Nothing is known of a user any more; a read that is under way may be too old. */
  void forget(String userId) {
    entries.invalidate(userId);
    Loading under = loading.get(userId);
    if (under != null) {
      under.wantedRevision = Long.MAX_VALUE;
    }
  }

  private Future<Entry> load(String userId) {
    Loading under = loading.get(userId);
    if (under != null) {
      return under.result;
    }
    Loading started = new Loading();
    loading.put(userId, started);
    long now = clock.millis();
    started.result =
        store
            .ofUser(userId)
            .timeout(LOST_AFTER_TIMEOUTS * readTimeout.toMillis(), TimeUnit.MILLISECONDS)
            .map(facts -> keep(userId, facts, now, started.wantedRevision))
            .onComplete(done -> loading.remove(userId, started));
    return started.result;
  }

  private Entry keep(String userId, UserSubscriptions facts, long loadedMs, long wanted) {
    Entry before = entries.getIfPresent(userId);
    // Nothing at all is the news of an erasure, not of an older moment: revisions never end. One
    // that has begun anew after an erasure, of which this node was not told, wins in the end too.
    if (before != null
        && before.facts().revision() > facts.revision()
        && facts.revision() > 0
        && loadedMs - before.loadedMs() < 2 * ttl.get().toMillis()) {
      return before;
    }
    Entry entry =
        new Entry(facts, loadedMs, facts.revision() >= wanted ? loadedMs + jittered(ttl.get()) : 0);
    entries.put(userId, entry);
    return entry;
  }

  private static long jittered(Duration ttl) {
    double factor = 1 - JITTER * ThreadLocalRandom.current().nextDouble();
    return (long) (ttl.toMillis() * factor);
  }
}
