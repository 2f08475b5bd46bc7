package io.growthbus.ingest;

import static io.growthbus.ingest.GroupCommit.Outcome.CONFLICTING;
import static io.growthbus.ingest.GroupCommit.Outcome.DUPLICATE;
import static io.growthbus.ingest.GroupCommit.Outcome.NOT_STORABLE;
import static io.growthbus.ingest.GroupCommit.Outcome.STORED;
import static io.growthbus.ingest.store.SomeEvents.BYTES;
import static io.growthbus.ingest.store.SomeEvents.clicked;
import static io.growthbus.ingest.store.SomeEvents.event;
import static io.growthbus.ingest.store.SomeEvents.poison;
import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.GroupCommit.Outcome;
import io.growthbus.ingest.meters.CurrentMeters;
import io.growthbus.ingest.store.EventStore;
import io.growthbus.ingest.store.EventStore.NewEvent;
import io.growthbus.ingest.store.MemoryEventStore;
import io.growthbus.ingest.store.MeterSet;
import io.growthbus.ingest.store.MeterSet.Counted;
import io.growthbus.ingest.store.ScriptedStore;
import io.growthbus.ingest.store.ScriptedStore.Commit;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class GroupCommitIT {
  private static final Vertx VERTX = Vertx.vertx();
  private static final Context LOOP = VERTX.getOrCreateContext();
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final MeterSet METERS =
      MeterSet.of(
          MemoryEventStore.REVISION, List.of(new Counted(1, new Meter("clicks", "clicked"))));

  private final ScriptedStore store = new ScriptedStore(LOOP);
  private final List<MeterReading> announced = new CopyOnWriteArrayList<>();

  private static IngestSettings settings(int writers, int groupEvents) {
    return new IngestSettings(writers, groupEvents, 1_000, 1 << 20, LONG, Duration.ZERO, false);
  }

  private static <T> Future<T> onLoop(Supplier<Future<T>> call) {
    Promise<T> result = Promise.promise();
    LOOP.runOnContext(go -> call.get().onComplete(result));
    return result.future();
  }

  private GroupCommit group(EventStore events, IngestSettings settings) {
    return new GroupCommit(
        VERTX, events, settings, () -> METERS, announced::addAll, named -> {}, LONG);
  }

  private GroupCommit group(int writers, int groupEvents) {
    return group(store, settings(writers, groupEvents));
  }

  private static Future<List<Outcome>> submit(GroupCommit group, NewEvent... events) {
    return onLoop(() -> group.submit(List.of(events)));
  }

  /** Returns when everything that was handed to the loop so far has been done. */
  private static void settle() {
    Await.result(onLoop(Future::succeededFuture));
  }

  private static RoomException refusal(Future<?> answer) {
    Throwable failure = Await.failure(answer);
    assertThat(failure).isInstanceOf(RoomException.class);
    assertThat(((RoomException) failure).kind()).isEqualTo(ErrorKind.UNAVAILABLE);
    return (RoomException) failure;
  }

  private static PgException pgFailure(String sqlState) {
    return new PgException("refused", "ERROR", sqlState, "");
  }

  private static UUID id(NewEvent event) {
    return event.event().eventId();
  }

  private static NewEvent[] several(int count) {
    return IntStream.range(0, count).mapToObj(i -> clicked("u1")).toArray(NewEvent[]::new);
  }

  @Test
  void a_lone_batch_is_committed_at_once_and_answered_after_the_commit() {
    NewEvent event = clicked("u1");
    Future<List<Outcome>> answer = submit(group(1, 100), event);
    Commit commit = store.commit(0);

    assertThat(commit.ids()).containsExactly(id(event));
    assertThat(answer.isComplete()).isFalse();
    commit.succeed();
    assertThat(Await.result(answer)).containsExactly(STORED);
  }

  @Test
  void groups_grow_while_the_writers_are_busy() {
    GroupCommit group = group(1, 100);
    Future<List<Outcome>> first = submit(group, several(1));
    List<Future<List<Outcome>>> waiting =
        List.of(submit(group, several(2)), submit(group, several(3)), submit(group, several(1)));
    settle();

    assertThat(store.asked()).isEqualTo(1);
    store.commit(0).succeed();
    assertThat(store.commit(1).ids()).hasSize(6);
    store.commit(1).succeed();
    assertThat(Await.result(first)).hasSize(1);
    assertThat(waiting.stream().map(answer -> Await.result(answer).size()))
        .containsExactly(2, 3, 1);
    assertThat(store.asked()).isEqualTo(2);
  }

  @Test
  void a_group_takes_whole_batches_up_to_its_limit() {
    GroupCommit group = group(1, 5);
    submit(group, several(1));
    submit(group, several(2));
    submit(group, several(3));
    submit(group, several(1));
    submit(group, several(9));
    store.commit(0).succeed();
    store.commit(1).succeed();
    store.commit(2).succeed();

    assertThat(store.commit(1).ids()).hasSize(5);
    assertThat(store.commit(2).ids()).hasSize(1);
    assertThat(store.commit(3).ids()).as("larger than a group, alone").hasSize(9);
  }

  @Test
  void as_many_groups_as_there_are_writers_are_committed_at_the_same_time() {
    GroupCommit group = group(2, 100);
    submit(group, several(1));
    submit(group, several(1));
    Future<List<Outcome>> third = submit(group, several(1));
    settle();

    assertThat(store.asked()).isEqualTo(2);
    store.commit(1).succeed();
    store.commit(2).succeed();
    assertThat(Await.result(third)).containsExactly(STORED);
  }

  @Test
  void events_beyond_the_queue_are_refused_at_once_and_the_accepted_ones_kept() {
    GroupCommit group =
        group(store, new IngestSettings(1, 100, 10, 1 << 20, LONG, Duration.ZERO, false));
    submit(group, several(1));
    Future<List<Outcome>> kept = submit(group, several(10));

    assertThat(refusal(submit(group, several(1))).code()).isEqualTo("overloaded");
    assertThat(kept.isComplete()).isFalse();

    store.commit(0).succeed();
    Future<List<Outcome>> later = submit(group, several(10));
    store.commit(1).succeed();
    store.commit(2).succeed();
    assertThat(Await.result(kept)).hasSize(10);
    assertThat(Await.result(later)).hasSize(10);
  }

  @Test
  void bytes_beyond_the_queue_are_refused_at_once() {
    GroupCommit group =
        group(store, new IngestSettings(1, 100, 1_000, 3 * BYTES, LONG, Duration.ZERO, false));
    submit(group, several(1));
    submit(group, several(2));

    assertThat(refusal(submit(group, several(2))).code()).isEqualTo("overloaded");
    Future<List<Outcome>> fits = submit(group, several(1));
    store.commit(0).succeed();
    store.commit(1).succeed();
    assertThat(Await.result(fits)).containsExactly(STORED);
  }

  @Test
  void an_id_in_two_waiting_batches_is_stored_for_the_first_and_a_duplicate_for_the_others() {
    GroupCommit group = group(1, 100);
    NewEvent shared = clicked("u1");
    NewEvent own = clicked("u1");
    submit(group, several(1));
    Future<List<Outcome>> first = submit(group, shared);
    Future<List<Outcome>> second = submit(group, own, shared);
    Future<List<Outcome>> third = submit(group, shared);
    store.commit(0).succeed();

    assertThat(store.commit(1).ids()).containsExactly(id(shared), id(own));
    store.commit(1).succeed();
    assertThat(Await.result(first)).containsExactly(STORED);
    assertThat(Await.result(second)).containsExactly(STORED, DUPLICATE);
    assertThat(Await.result(third)).containsExactly(DUPLICATE);
  }

  @Test
  void an_id_that_is_twice_in_one_batch_is_stored_once_and_the_first_one_wins() {
    MemoryEventStore memory = new MemoryEventStore();
    NewEvent first = clicked("u1");
    NewEvent second = event(id(first), "typed", "u2", true);

    assertThat(Await.result(submit(group(memory, settings(1, 100)), first, second)))
        .containsExactly(STORED, CONFLICTING);
    assertThat(memory.count("u1", "clicks")).isEqualTo(1);
  }

  @Test
  void a_repetition_conflicts_when_it_says_something_else_than_what_is_stored() {
    MemoryEventStore memory = new MemoryEventStore();
    NewEvent stored = clicked("u1");
    NewEvent other = event(id(stored), "clicked", "u2", true);
    NewEvent third = event(id(stored), "clicked", "u3", true);
    Await.result(memory.commit(List.of(stored), METERS));
    GroupCommit group = group(memory, settings(1, 100));

    assertThat(Await.result(submit(group, other, stored, third, stored)))
        .containsExactly(CONFLICTING, DUPLICATE, CONFLICTING, DUPLICATE);
    assertThat(Await.result(submit(group, stored, other))).containsExactly(DUPLICATE, CONFLICTING);
    assertThat(memory.count("u2", "clicks")).isZero();
  }

  @Test
  void poison_is_found_by_halving_and_its_neighbours_of_all_batches_are_stored() {
    MemoryEventStore memory = new MemoryEventStore();
    GroupCommit group = group(1, 100);
    submit(group, several(1));
    Future<List<Outcome>> first = submit(group, several(5));
    Future<List<Outcome>> second =
        submit(group, clicked("u1"), poison(UUID.randomUUID()), clicked("u1"));
    Future<List<Outcome>> third = submit(group, poison(UUID.randomUUID()));
    settle();
    store.continueWith(memory);
    store.commit(0).succeed();

    assertThat(Await.result(first)).hasSize(5).containsOnly(STORED);
    assertThat(Await.result(second)).containsExactly(STORED, NOT_STORABLE, STORED);
    assertThat(Await.result(third)).containsExactly(NOT_STORABLE);
    assertThat(memory.count("u1", "clicks")).isEqualTo(7);
  }

  @Test
  void a_transient_failure_is_retried_with_the_same_ids() {
    GroupCommit group = group(1, 100);
    NewEvent event = clicked("u1");
    Future<List<Outcome>> answer = submit(group, event);
    store.commit(0).fail(new IOException("connection reset"));
    store.commit(1).fail(pgFailure("40P01"));
    store.commit(2).succeed();

    assertThat(Await.result(answer)).containsExactly(STORED);
    assertThat(store.commit(1).ids()).containsExactly(id(event));
    assertThat(store.commit(2).ids()).containsExactly(id(event));
  }

  @Test
  void after_two_retries_every_sender_of_the_group_is_told_to_repeat_and_the_next_group_goes_on() {
    GroupCommit group = group(1, 1);
    Future<List<Outcome>> answer = submit(group, several(1));
    Future<List<Outcome>> next = submit(group, several(1));
    for (int attempt = 0; attempt < 3; attempt++) {
      store.commit(attempt).fail(pgFailure("40P01"));
    }

    assertThat(refusal(answer).code()).isEqualTo("store_unavailable");
    store.commit(3).succeed();
    assertThat(Await.result(next)).containsExactly(STORED);
  }

  @Test
  void a_failure_that_repeating_cannot_mend_is_not_repeated() {
    GroupCommit group = group(1, 100);
    Future<List<Outcome>> answer = submit(group, several(1));
    store.commit(0).fail(pgFailure("42P01"));

    assertThat(refusal(answer).code()).isEqualTo("store_unavailable");
    assertThat(store.asked()).isEqualTo(1);
  }

  @Test
  void after_five_failures_in_a_row_everyone_is_sent_away_at_once_until_a_commit_succeeds() {
    GroupCommit group = group(1, 1);
    Future<List<Outcome>> first = submit(group, several(1));
    Future<List<Outcome>> second = submit(group, several(1));
    Future<List<Outcome>> waiting = submit(group, several(1));
    for (int attempt = 0; attempt < 5; attempt++) {
      store.commit(attempt).fail(pgFailure("53100"));
    }

    assertThat(refusal(first).code()).isEqualTo("store_unavailable");
    assertThat(refusal(second).code()).isEqualTo("store_unavailable");
    assertThat(refusal(waiting).code()).isEqualTo("store_unavailable");
    assertThat(refusal(submit(group, several(1))).code()).isEqualTo("store_unavailable");
    assertThat(store.asked()).isEqualTo(5);

    store.continueWith(new MemoryEventStore());
    Await.until(
        "events are stored again",
        LONG,
        () -> Await.result(submit(group, several(1)).otherwise(List.of())).contains(STORED));
  }

  @Test
  void failures_with_a_success_or_a_poison_in_between_or_a_deadlock_send_nobody_away() {
    GroupCommit group = group(1, 1);
    List<String> failures = List.of("57P01", "57P01", "57P01", "57P01", "22P05");
    List<Future<List<Outcome>>> answers = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      answers.add(submit(group, several(1)));
    }
    // Two groups fail with three and one attempt; the second is then found to be poison.
    for (int attempt = 0; attempt < failures.size(); attempt++) {
      store.commit(attempt).fail(pgFailure(failures.get(attempt)));
    }
    for (int attempt = 5; attempt < 11; attempt++) {
      store.commit(attempt).fail(pgFailure("40P01"));
    }
    for (int attempt = 11; attempt < 13; attempt++) {
      store.commit(attempt).succeed();
    }

    assertThat(Await.result(answers.get(1))).containsExactly(NOT_STORABLE);
    assertThat(Await.result(answers.get(4))).containsExactly(STORED);
    assertThat(Await.result(answers.get(5))).containsExactly(STORED);
  }

  @Test
  void a_commit_without_an_answer_is_given_up_and_its_writer_is_free_for_others() {
    GroupCommit group =
        new GroupCommit(
            VERTX,
            store,
            settings(1, 100),
            () -> METERS,
            announced::addAll,
            named -> {},
            Duration.ofMillis(100));
    Future<List<Outcome>> silent = submit(group, several(1));

    assertThat(refusal(silent).code()).isEqualTo("store_unavailable");
    store.continueWith(new MemoryEventStore());
    Await.until(
        "events are stored again",
        LONG,
        () -> Await.result(submit(group, several(1)).otherwise(List.of())).contains(STORED));
  }

  @Test
  void an_accident_before_the_statement_costs_the_group_and_not_the_writer() {
    List<MeterSet> meters = new CopyOnWriteArrayList<>();
    GroupCommit group =
        new GroupCommit(
            VERTX,
            new MemoryEventStore(),
            settings(1, 100),
            () -> {
              meters.add(METERS);
              if (meters.size() == 1) {
                throw new IllegalStateException("no meters");
              }
              return METERS;
            },
            announced::addAll,
            named -> {},
            LONG);

    assertThat(refusal(submit(group, several(1))).code()).isEqualTo("store_unavailable");
    assertThat(Await.result(submit(group, several(1)))).containsExactly(STORED);
  }

  @Test
  void a_sender_is_answered_at_the_deadline_and_what_still_waits_then_is_dropped() {
    IngestSettings hasty =
        new IngestSettings(1, 100, 1_000, 1 << 20, Duration.ofMillis(250), Duration.ZERO, false);
    GroupCommit group = group(store, hasty);
    Future<List<Outcome>> underWay = submit(group, several(1));
    Future<List<Outcome>> queued = submit(group, several(3));

    assertThat(refusal(underWay).code()).isEqualTo("commit_timeout");
    assertThat(refusal(queued).code()).isEqualTo("commit_timeout");

    NewEvent fresh = clicked("u1");
    // In one turn of the loop, so that no deadline can pass in between.
    LOOP.runOnContext(
        go -> {
          group.submit(List.of(fresh)).otherwiseEmpty();
          store.commit(0).succeed();
        });
    assertThat(store.commit(1).ids()).containsExactly(id(fresh));
  }

  @Test
  void a_dropped_batch_gives_its_place_in_the_queue_back() {
    IngestSettings hasty =
        new IngestSettings(1, 100, 10, 10 * BYTES, Duration.ofMillis(250), Duration.ZERO, false);
    GroupCommit group = group(store, hasty);
    submit(group, several(1));
    assertThat(refusal(submit(group, several(10))).code()).isEqualTo("commit_timeout");
    store.commit(0).succeed();
    settle();
    store.continueWith(new MemoryEventStore());

    assertThat(Await.result(submit(group, several(10)))).hasSize(10);
  }

  @Test
  void draining_answers_everyone_and_refuses_what_comes_later() {
    GroupCommit group = group(1, 2);
    List<Future<List<Outcome>>> accepted =
        List.of(submit(group, several(2)), submit(group, several(2)), submit(group, several(2)));
    Future<Void> drained = onLoop(group::drain);

    assertThat(refusal(submit(group, several(1))).code()).isEqualTo("overloaded");
    store.commit(0).succeed();
    store.commit(1).fail(pgFailure("42P01"));
    Commit last = store.commit(2);
    assertThat(drained.isComplete()).isFalse();
    last.succeed();
    Await.result(drained);

    assertThat(accepted).allMatch(Future::isComplete);
    assertThat(accepted.stream().map(Future::succeeded)).containsExactly(true, false, true);
  }

  @Test
  void draining_without_work_is_over_at_once() {
    GroupCommit group = group(2, 100);

    assertThat(Await.result(onLoop(group::drain))).isNull();
    assertThat(Await.result(onLoop(() -> group.submit(List.of())))).isEmpty();
  }

  @Test
  void an_empty_batch_is_answered_without_a_commit() {
    assertThat(Await.result(submit(group(1, 100)))).isEmpty();
    assertThat(store.asked()).isZero();
  }

  @Test
  void counters_are_announced_after_their_commit_and_never_before() {
    GroupCommit group = group(1, 100);
    Future<List<Outcome>> answer = submit(group, several(1));
    Commit commit = store.commit(0);

    assertThat(announced).isEmpty();
    commit.succeed(new MeterReading("u1", "clicks", 3));
    Await.result(answer);
    assertThat(announced).containsExactly(new MeterReading("u1", "clicks", 3));
  }

  @Test
  void a_commit_that_moves_no_counter_is_not_announced() {
    List<List<MeterReading>> calls = new CopyOnWriteArrayList<>();
    GroupCommit group =
        new GroupCommit(VERTX, store, settings(1, 9), () -> METERS, calls::add, named -> {}, LONG);
    Future<List<Outcome>> answer = submit(group, several(1));
    store.commit(0).succeed();
    Await.result(answer);

    assertThat(calls).isEmpty();
  }

  @Test
  void an_announcement_that_fails_does_not_make_a_durable_event_look_lost() {
    GroupCommit group =
        new GroupCommit(
            VERTX,
            store,
            settings(1, 100),
            () -> METERS,
            readings -> {
              throw new IllegalStateException("the bus is closed");
            },
            named -> {},
            LONG);
    Future<List<Outcome>> answer = submit(group, several(1));
    store.commit(0).succeed(new MeterReading("u1", "clicks", 1));

    assertThat(Await.result(answer)).containsExactly(STORED);
  }

  @Test
  void meters_are_read_anew_for_each_commit() {
    AtomicReference<MeterSet> meters = new AtomicReference<>(MeterSet.NONE);
    GroupCommit group =
        new GroupCommit(
            VERTX,
            store,
            settings(1, 1),
            () -> Objects.requireNonNull(meters.get()),
            announced::addAll,
            named -> {},
            LONG);
    submit(group, several(1));
    submit(group, several(1));
    Commit first = store.commit(0);
    meters.set(METERS);
    first.succeed();

    assertThat(first.meters()).isEqualTo(MeterSet.NONE);
    assertThat(store.commit(1).meters()).isEqualTo(METERS);
  }

  @Test
  void a_group_that_was_counted_by_old_definitions_is_counted_again_by_new_ones() {
    AtomicReference<MeterSet> meters = new AtomicReference<>(MeterSet.NONE);
    CurrentMeters outdated =
        new CurrentMeters() {
          @Override
          public MeterSet current() {
            return Objects.requireNonNull(meters.get());
          }

          @Override
          public Future<Void> reload() {
            meters.set(METERS);
            return Future.succeededFuture();
          }
        };
    MemoryEventStore memory = new MemoryEventStore();
    GroupCommit group =
        new GroupCommit(
            VERTX, memory, settings(1, 100), outdated, announced::addAll, named -> {}, LONG);

    assertThat(Await.result(submit(group, several(1)))).containsExactly(STORED);
    assertThat(announced).hasSize(1);
  }

  @Property(tries = 100)
  void whatever_is_sent_in_whatever_batches_every_id_is_stored_once_and_poison_never(
      @ForAll @Size(min = 1, max = 20) List<@Size(max = 8) List<@IntRange(max = 15) Integer>> sent,
      @ForAll @IntRange(min = 1, max = 3) int writers,
      @ForAll @IntRange(min = 1, max = 12) int groupEvents) {
    MemoryEventStore memory = new MemoryEventStore();
    ScriptedStore slow = new ScriptedStore(LOOP);
    slow.continueWith(memory);
    GroupCommit group = group(slow, settings(writers, groupEvents));
    List<Future<List<Outcome>>> answers = new ArrayList<>();
    Await.result(
        onLoop(
            () -> {
              for (List<Integer> batch : sent) {
                answers.add(group.submit(batch.stream().map(GroupCommitIT::numbered).toList()));
              }
              return Future.succeededFuture();
            }));
    Map<UUID, Integer> stored = new HashMap<>();
    Set<UUID> expected = new HashSet<>();
    for (int i = 0; i < sent.size(); i++) {
      List<Outcome> outcomes = Await.result(answers.get(i));
      for (int j = 0; j < outcomes.size(); j++) {
        int number = sent.get(i).get(j);
        assertThat(outcomes.get(j) == NOT_STORABLE).isEqualTo(isPoison(number));
        if (!isPoison(number)) {
          expected.add(new UUID(7, number));
          stored.merge(new UUID(7, number), outcomes.get(j) == STORED ? 1 : 0, Integer::sum);
        }
      }
    }

    assertThat(memory.ids()).isEqualTo(expected);
    assertThat(stored.values()).allMatch(times -> times == 1);
    assertThat(memory.count("u1", "clicks")).isEqualTo(expected.size());
  }

  private static boolean isPoison(int number) {
    return number % 5 == 4;
  }

  private static NewEvent numbered(int number) {
    UUID id = new UUID(7, number);
    return isPoison(number) ? poison(id) : event(id, "clicked", "u1", true);
  }
}
