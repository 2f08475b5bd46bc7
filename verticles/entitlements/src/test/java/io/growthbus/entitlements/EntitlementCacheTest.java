package io.growthbus.entitlements;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.EntitlementCache.Known;
import io.growthbus.entitlements.store.SubscriptionStore;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EntitlementCacheTest {
  private static final long TTL_MS = 300_000;

  private long nowMs = 1_000_000_000_000L;
  private final ReadsByHand store = new ReadsByHand();
  private final EntitlementCache cache = cache(Duration.ofSeconds(10));

  private EntitlementCache cache(Duration readTimeout) {
    return new EntitlementCache(
        store,
        () -> Instant.ofEpochMilli(nowMs),
        () -> Duration.ofMillis(TTL_MS),
        TestSettings.of(List.of(), 100, readTimeout));
  }

  /** A store whose reads are answered as prepared, or later by the test. */
  static final class ReadsByHand implements SubscriptionStore {
    private final Deque<Future<UserSubscriptions>> prepared = new ArrayDeque<>();
    private final Deque<Promise<UserSubscriptions>> open = new ArrayDeque<>();
    private int reads;

    void prepare(long revision) {
      prepared.add(Future.succeededFuture(new UserSubscriptions(List.of(), revision)));
    }

    void prepareFailure() {
      prepared.add(Future.failedFuture("PostgreSQL is down"));
    }

    void answer(long revision) {
      open.remove().complete(new UserSubscriptions(List.of(), revision));
    }

    @Override
    public Future<UserSubscriptions> ofUser(String userId) {
      reads++;
      if (!prepared.isEmpty()) {
        return prepared.remove();
      }
      Promise<UserSubscriptions> read = Promise.promise();
      open.add(read);
      return read.future();
    }

    @Override
    public Future<UserSubscriptions> ofUserAt(String userId, long atMs) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Received> receive(Delivery delivery, DeliveryReader reader) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Optional<Received>> reapply(
        String provider, String eventId, DeliveryReader reader) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Optional<Received>> correct(Delivery delivery, DeliveryReader reader) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }

  /** Asks for what needs a read, which finds this revision. */
  private Known loaded(EntitlementCache cache, String user, long revision) {
    int before = store.reads;
    store.prepare(revision);
    Future<Optional<Known>> answer = cache.get(user);
    assertThat(store.reads).isEqualTo(before + 1);
    return Await.result(answer).orElseThrow();
  }

  private Known loaded(String user, long revision) {
    return loaded(cache, user, revision);
  }

  /** Asks for what needs no read. */
  private Known known(EntitlementCache cache, String user) {
    int before = store.reads;
    Future<Optional<Known>> answer = cache.get(user);
    assertThat(store.reads).isEqualTo(before);
    return Await.result(answer).orElseThrow();
  }

  private Known known(String user) {
    return known(cache, user);
  }

  @Test
  void what_was_read_is_fresh_and_says_when_it_was_read() {
    Known known = loaded("u1", 3);

    assertThat(known.facts().revision()).isEqualTo(3);
    assertThat(known.loadedMs()).isEqualTo(nowMs);
    assertThat(known.stale()).isFalse();
  }

  @Test
  void it_is_read_once_within_nine_tenths_of_the_ttl() {
    Known first = loaded("u1", 3);
    nowMs += TTL_MS * 9 / 10 - 1;

    assertThat(known("u1")).isEqualTo(first);
  }

  @Test
  void no_entry_is_fresh_for_longer_than_the_ttl_and_not_all_for_equally_long() {
    List<String> users = new ArrayList<>();
    for (int i = 0; i < 90; i++) {
      users.add("u" + i);
      loaded("u" + i, 1);
    }
    nowMs += TTL_MS * 19 / 20;
    long early = users.stream().filter(this::needsRead).count();
    nowMs += TTL_MS / 20;

    assertThat(early).isBetween(1L, 89L);
    assertThat(users).allMatch(this::needsRead);
  }

  private boolean needsRead(String user) {
    int before = store.reads;
    store.prepareFailure();
    assertThat(Await.result(cache.get(user))).isPresent();
    store.prepared.clear();
    return store.reads > before;
  }

  @Test
  void questions_that_meet_share_one_read() {
    List<Future<Optional<Known>>> answers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      answers.add(cache.get("u1"));
    }
    store.answer(7);

    assertThat(store.reads).isEqualTo(1);
    assertThat(answers)
        .allMatch(answer -> Await.result(answer).orElseThrow().facts().revision() == 7);
  }

  @Test
  void users_do_not_share_reads() {
    Future<Optional<Known>> first = cache.get("u1");
    Future<Optional<Known>> second = cache.get("u2");
    store.answer(1);
    store.answer(2);

    assertThat(Await.result(first).orElseThrow().facts().revision()).isEqualTo(1);
    assertThat(Await.result(second).orElseThrow().facts().revision()).isEqualTo(2);
  }

  @Test
  void a_read_that_fails_leaves_nothing_for_a_user_never_seen() {
    store.prepareFailure();

    assertThat(Await.result(cache.get("u1"))).isEmpty();
  }

  @Test
  void a_read_that_hangs_is_not_waited_for() {
    assertThat(Await.result(cache(Duration.ofMillis(1)).get("u1"))).isEmpty();
  }

  @Test
  void after_the_ttl_old_facts_are_used_and_called_stale_when_the_read_fails_or_hangs() {
    EntitlementCache hasty = cache(Duration.ofMillis(1));
    Known old = loaded(hasty, "u1", 3);
    nowMs += TTL_MS;
    Known stale = new Known(old.facts(), old.loadedMs(), true);

    store.prepareFailure();
    assertThat(Await.result(hasty.get("u1"))).contains(stale);
    assertThat(Await.result(hasty.get("u1"))).contains(stale);
    assertThat(store.reads).isEqualTo(3);
  }

  @Test
  void the_answer_of_a_slow_read_is_kept_for_the_next_question() {
    EntitlementCache hasty = cache(Duration.ofMillis(100));
    assertThat(Await.result(hasty.get("u1"))).isEmpty();
    store.answer(4);

    assertThat(known(hasty, "u1").facts().revision()).isEqualTo(4);
  }

  @Test
  void a_read_that_never_ends_does_not_keep_later_questions_from_reading() {
    EntitlementCache hasty = cache(Duration.ofMillis(1));

    Await.until(
        "the read counts as lost",
        Duration.ofSeconds(5),
        () -> Await.result(hasty.get("u1")).isEmpty() && store.reads == 2);
  }

  @Test
  void a_failed_read_is_repeated_by_the_next_question() {
    store.prepareFailure();
    assertThat(Await.result(cache.get("u1"))).isEmpty();

    assertThat(loaded("u1", 1).stale()).isFalse();
  }

  @Test
  void facts_are_never_replaced_by_those_of_a_lower_revision() {
    loaded("u1", 5);
    nowMs += TTL_MS;

    assertThat(loaded("u1", 4).facts().revision()).isEqualTo(5);
  }

  @Test
  void a_count_of_revisions_that_has_begun_anew_is_believed_after_a_while() {
    loaded("u1", 50);
    nowMs += 2 * TTL_MS;

    assertThat(loaded("u1", 1).facts().revision()).isEqualTo(1);
  }

  @Test
  void a_change_makes_older_facts_unfresh_at_once() {
    loaded("u1", 5);
    cache.invalidate("u1", 6);

    assertThat(loaded("u1", 6).facts().revision()).isEqualTo(6);
    assertThat(known("u1").facts().revision()).isEqualTo(6);
  }

  @Test
  void a_change_that_is_known_already_costs_no_read() {
    loaded("u1", 5);
    cache.invalidate("u1", 5);
    cache.invalidate("u1", 4);

    assertThat(known("u1").facts().revision()).isEqualTo(5);
  }

  @Test
  void a_change_while_reading_makes_the_result_unfresh_when_it_is_older() {
    Future<Optional<Known>> answer = cache.get("u1");
    cache.invalidate("u1", 6);
    cache.invalidate("u1", 5);
    store.answer(5);
    assertThat(Await.result(answer).orElseThrow().facts().revision()).isEqualTo(5);

    assertThat(loaded("u1", 6).facts().revision()).isEqualTo(6);
    assertThat(known("u1").facts().revision()).isEqualTo(6);
  }

  @Test
  void a_change_of_a_user_never_asked_for_costs_nothing() {
    cache.invalidate("u1", 6);

    assertThat(store.reads).isZero();
  }

  @Test
  void a_user_who_was_erased_is_forgotten_at_once() {
    store.prepare(3);
    cache.get("u").result();
    cache.forget("u");
    store.prepare(0);
    assertThat(cache.get("u").result().orElseThrow().facts().revision()).isZero();
  }

  @Test
  void a_read_that_was_under_way_during_an_erasure_is_not_kept() {
    Future<Optional<Known>> before = cache.get("u");
    cache.forget("u");
    store.answer(3);
    assertThat(before.result().orElseThrow().facts().revision()).isEqualTo(3);
    store.prepare(0);
    assertThat(cache.get("u").result().orElseThrow().facts().revision()).isZero();
  }

  @Test
  void that_nothing_is_known_any_more_is_believed_when_the_message_was_lost() {
    store.prepare(3);
    cache.get("u").result();
    nowMs += TTL_MS;
    store.prepare(0);
    assertThat(cache.get("u").result().orElseThrow().facts().revision()).isZero();
  }
}
