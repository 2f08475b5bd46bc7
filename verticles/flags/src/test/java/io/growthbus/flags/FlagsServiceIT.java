package io.growthbus.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.flags.store.FlagStore;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.CapturedLog;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The order of things that a real database would leave to chance. */
class FlagsServiceIT {
  private static final Flags FIRST = file(1);
  private static final Flags SECOND = file(2);

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final SlowStore store = new SlowStore();
  private final List<FlagSnapshot> replaced = new ArrayList<>();
  private final FlagsService service =
      new FlagsService(store, bus, new EvaluationCounts(), replaced::add);
  private final List<Long> announced = new CopyOnWriteArrayList<>();

  @BeforeEach
  void listen() {
    Await.result(bus.hear(Channels.FLAGS_CHANGED, change -> announced.add(change.revision())));
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  /** Answers each call when the test says so. */
  private static final class SlowStore implements FlagStore {
    final List<Flags> files = new ArrayList<>();
    final List<Promise<Followed>> follows = new ArrayList<>();
    FlagSnapshot stored = FlagSnapshot.EMPTY;

    @Override
    public Future<FlagSnapshot> read() {
      return Future.succeededFuture(stored);
    }

    @Override
    public Future<Long> revision() {
      return Future.succeededFuture(stored.revision());
    }

    @Override
    public Future<Followed> follow(Flags file) {
      files.add(file);
      follows.add(Promise.promise());
      return follows.get(follows.size() - 1).future();
    }

    void finish(int call, long revision) {
      stored = new FlagSnapshot(revision, files.get(call));
      follows.get(call).complete(new Followed(stored, true));
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }

  private static Flags file(double rollout) {
    return Flags.of(List.of(new FlagDefinition("a", true, rollout, List.of(), Surface.CLIENT)));
  }

  private void assertAnnounced(Long... revisions) {
    Await.until(
        "they are announced", Duration.ofSeconds(10), () -> announced.equals(List.of(revisions)));
  }

  @Test
  void a_file_waits_until_the_one_before_it_is_stored() {
    Future<Void> first = service.follow(FIRST);
    Future<Void> second = service.follow(SECOND);
    assertThat(store.files).containsExactly(FIRST);

    store.finish(0, 1);
    assertThat(store.files).containsExactly(FIRST, SECOND);
    store.finish(1, 2);

    Await.result(first);
    Await.result(second);
    assertThat(service.definitions().flags()).isEqualTo(SECOND.definitions());
    assertAnnounced(1L, 2L);
  }

  @Test
  void a_file_that_could_not_be_stored_does_not_keep_the_next_one_from_it() {
    Future<Void> first = service.follow(FIRST);
    Future<Void> second = service.follow(SECOND);
    store.follows.get(0).fail("database gone");
    store.finish(1, 1);

    assertThat(Await.failure(first)).hasMessage("database gone");
    Await.result(second);
    assertThat(service.definitions().flags()).isEqualTo(SECOND.definitions());
  }

  @Test
  void a_poll_stores_the_newest_file_that_could_not_be_stored_and_only_that() {
    Future<Void> first = service.follow(FIRST);
    Future<Void> second = service.follow(SECOND);
    store.follows.get(0).fail("database gone");
    store.follows.get(1).fail("database gone");
    assertThat(Await.failure(first)).isNotNull();
    assertThat(Await.failure(second)).isNotNull();

    Future<Void> poll = service.poll();
    store.finish(2, 1);
    Await.result(poll);
    Await.result(service.poll());

    assertThat(store.files).containsExactly(FIRST, SECOND, SECOND);
    assertAnnounced(1L);
  }

  @Test
  void a_change_is_announced_even_when_a_poll_has_read_it_first() {
    Future<Void> follow = service.follow(FIRST);
    store.stored = new FlagSnapshot(1, FIRST);
    Await.result(service.poll());
    assertThat(service.definitions().revision()).isEqualTo(1);

    store.finish(0, 1);

    Await.result(follow);
    assertAnnounced(1L);
  }

  @Test
  void an_older_revision_never_replaces_a_newer_one() {
    store.stored = new FlagSnapshot(5, SECOND);
    Await.result(service.poll());
    store.stored = new FlagSnapshot(4, FIRST);
    Await.result(service.catchUp(6));
    Await.result(service.poll());

    assertThat(service.definitions().revision()).isEqualTo(5);
    assertThat(service.definitions().flags()).isEqualTo(SECOND.definitions());
    assertThat(replaced).extracting(FlagSnapshot::revision).containsExactly(5L);
  }

  @Test
  void what_was_served_meanwhile_gives_way_to_the_same_revision_of_the_store() {
    service.serveMeanwhile(new FlagSnapshot(5, FIRST));
    assertThat(service.definitions().revision()).isEqualTo(5);
    Future<Void> follow = service.follow(SECOND);

    store.finish(0, 5);

    Await.result(follow);
    assertThat(service.isProvisional()).isFalse();
    assertThat(service.definitions().flags()).isEqualTo(SECOND.definitions());
  }

  @Test
  void a_store_with_a_lower_revision_than_what_is_served_meanwhile_takes_nothing_back() {
    try (CapturedLog log = CapturedLog.of(FlagsService.class)) {
      service.serveMeanwhile(new FlagSnapshot(5, FIRST));
      Future<Void> follow = service.follow(SECOND);

      store.finish(0, 4);

      Await.result(follow);
      assertThat(service.isProvisional()).isTrue();
      assertThat(service.definitions().revision()).isEqualTo(5);
      assertThat(log.entries()).singleElement().asString().contains("below revision 5");
    }
    assertThat(replaced).isEmpty();
  }
}
