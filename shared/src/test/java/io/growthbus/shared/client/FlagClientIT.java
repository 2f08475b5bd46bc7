package io.growthbus.shared.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.Bucketing;
import io.growthbus.shared.flags.FlagDecision;
import io.growthbus.shared.flags.FlagDecision.Reason;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Operator;
import io.growthbus.shared.flags.Targeting;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Rule;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagSet;
import io.growthbus.shared.message.FlagsEvaluated;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.CapturedLog;
import io.growthbus.shared.testing.FakeFlagsRoom;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FlagClientIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final FlagClientOptions OFTEN =
      new FlagClientOptions(Duration.ofMillis(100), Duration.ofSeconds(10));
  private static final FlagClientOptions NEVER =
      new FlagClientOptions(Duration.ofHours(1), Duration.ofSeconds(10));

  private final Vertx vertx = Vertx.vertx();
  private final FakeFlagsRoom room = new FakeFlagsRoom(Bus.of(vertx), Map.of("tier", "free"));
  private final List<String> news = new CopyOnWriteArrayList<>();
  private final FlagListener listener =
      new FlagListener() {
        @Override
        public void stateChanged(FlagClientState state) {
          news.add(state.name());
        }

        @Override
        public void flagsChanged(long revision, SortedSet<String> keys) {
          news.add(revision + " " + keys);
        }
      };

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private FlagClient start(FlagClientOptions options) {
    FlagClient client = Await.result(FlagClient.start(vertx, options));
    client.addListener(listener);
    return client;
  }

  private static FlagDefinition flag(String key, double rollout) {
    return new FlagDefinition(key, true, rollout, List.of("named"), Surface.SERVER);
  }

  private static Flags flags(FlagDefinition... flags) {
    return Flags.of(List.of(flags));
  }

  /** On for the free tier. */
  private static FlagDefinition onTier(String key) {
    return new FlagDefinition(
        key,
        true,
        0,
        List.of(),
        Surface.SERVER,
        new Targeting(
            Bucketing.MURMUR3,
            null,
            Targeting.USER_ID,
            Map.of(),
            "on",
            "off",
            List.of(),
            List.of(),
            List.of(
                new Rule(
                    "free_only",
                    List.of(new Condition("tier", Operator.IN, List.of("free"), null, false)),
                    100,
                    "on",
                    List.of())),
            List.of(),
            null));
  }

  private static Reason reason(FlagClient client, String key) {
    return client.evaluateLocal(key, "u1", Map.of()).reason();
  }

  @Test
  void the_room_is_told_how_often_each_flag_was_answered_here() {
    List<FlagsEvaluated> told = new CopyOnWriteArrayList<>();
    Await.result(
        Bus.of(vertx)
            .take(
                Channels.FLAGS_EVALUATED,
                counts -> {
                  told.add(counts);
                  return Future.succeededFuture();
                }));
    room.put(7, flags(flag("all", 100), flag("unasked", 100), onTier("tiered")));
    FlagClient client = start(NEVER);

    client.isEnabled("all", "u1");
    client.evaluateLocal("all", "u1", Map.of());
    Await.result(client.evaluate("all", "u1", Map.of()));
    Await.result(client.evaluate("tiered", "u1", Map.of()));
    client.isEnabled("typo", "u1");
    for (int i = 0; i < 2 * AnsweredFlags.MOST_KEYS; i++) {
      client.isEnabled("made-up-" + i, "u1");
    }
    Await.result(client.close());

    Await.until("the room is told", Duration.ofSeconds(10), () -> !told.isEmpty());
    Map<String, Long> counts =
        told.get(0).counts().stream()
            .collect(
                Collectors.toMap(FlagsEvaluated.Count::key, FlagsEvaluated.Count::evaluations));
    // The room itself has answered the flag with facts, and has counted it.
    assertThat(counts).containsEntry("all", 3L).containsEntry("typo", 1L);
    assertThat(counts).doesNotContainKeys("unasked", "tiered");
    assertThat(counts).hasSizeLessThanOrEqualTo(AnsweredFlags.MOST_KEYS);
  }

  @Test
  void a_flag_is_answered_here_as_the_room_answers_it_without_asking_it() {
    room.put(7, flags(flag("all", 100), flag("half", 50)));
    FlagClient client = start(NEVER);

    for (int i = 0; i < 100; i++) {
      FlagAnswer there =
          Await.result(
              Bus.of(vertx).ask(Channels.EVALUATE_FLAG, new EvaluateFlag("half", "u" + i, null)));
      assertThat(Await.result(client.evaluate("half", "u" + i, Map.of())))
          .usingRecursiveComparison()
          .ignoringFields("flagRevision")
          .isEqualTo(there);
      assertThat(client.isEnabled("half", "u" + i)).isEqualTo(there.value());
    }
    assertThat(room.asked()).isEqualTo(100);
    assertThat(client.evaluateLocal("half", null, Map.of()).reason())
        .isEqualTo(Reason.TARGETING_KEY_MISSING);
    assertThat(reason(client, "other")).isEqualTo(Reason.FLAG_NOT_FOUND);
    assertThat(client.isEnabled("other", "u1")).isFalse();
    assertThat(client.keys()).containsExactly("all", "half");
    assertThat(client.revision()).isEqualTo(7);
  }

  @Test
  void an_answer_names_the_revision_since_which_the_flag_is_as_it_is() {
    Vertx other = Vertx.vertx();
    try {
      FlagSet set =
          new FlagSet(7, List.of(flag("a", 100), flag("b", 100)), null, null, Map.of("a", 3L));
      Await.result(
          Bus.of(other).answer(Channels.READ_FLAG_SET, asked -> Future.succeededFuture(set)));
      FlagClient client = Await.result(FlagClient.start(other, NEVER));

      assertThat(Await.result(client.evaluate("a", "u1", Map.of())))
          .isEqualTo(new FlagAnswer(true, "on", "STATIC", 7, null, 3, null));
      assertThat(Await.result(client.evaluate("b", "u1", Map.of())).flagRevision()).isEqualTo(7);
      assertThat(Await.result(client.evaluate("c", "u1", Map.of())).flagRevision()).isZero();
    } finally {
      Await.result(other.close());
    }
  }

  @Test
  void the_start_is_done_when_the_definitions_are_there_and_says_when_it_was() {
    room.put(7, flags(flag("all", 100)));
    Instant before = Instant.now();

    FlagClient client = start(NEVER);

    assertThat(client.state()).isEqualTo(FlagClientState.READY);
    assertThat(client.lastSuccess().orElseThrow()).isBetween(before, Instant.now());
    assertThat(room.reads()).isEqualTo(1);
  }

  @Test
  void a_change_that_is_announced_is_read_and_the_listeners_are_told_what_changed() {
    room.put(7, flags(flag("a", 100), flag("b", 100)));
    FlagClient client = start(NEVER);

    room.change(8, flags(flag("a", 100), flag("b", 0)));

    Await.until("it is told", SOON, () -> news.contains("8 [b]"));
    assertThat(client.isEnabled("a", "u1")).isTrue();
    assertThat(client.isEnabled("b", "u1")).isFalse();
    assertThat(client.revision()).isEqualTo(8);
  }

  @Test
  void a_change_whose_announcement_was_lost_is_found_by_polling() {
    room.put(7, flags(flag("a", 100)));
    FlagClient client = start(OFTEN);

    room.put(8, flags(flag("a", 0)));

    Await.until("it is found", SOON, () -> client.revision() == 8);
    assertThat(client.isEnabled("a", "u1")).isFalse();
  }

  @Test
  void a_node_that_has_not_read_the_announced_revision_yet_is_asked_again() {
    room.put(7, flags(flag("a", 100)));
    FlagClient client = start(NEVER);

    room.announce(8);
    Await.until("it was asked in vain", SOON, () -> room.reads() > 2);
    room.put(8, flags(flag("a", 0)));

    Await.until("it is read", SOON, () -> client.revision() == 8);
  }

  @Test
  void an_announced_revision_that_never_comes_is_asked_for_a_few_times_and_changes_nothing() {
    room.put(7, flags(flag("a", 100)));
    FlagClient client = start(NEVER);

    room.announce(8);

    Await.until("it was asked for in vain", SOON, () -> room.reads() == 8);
    assertThat(client.state()).isEqualTo(FlagClientState.READY);
    assertThat(client.revision()).isEqualTo(7);
  }

  @Test
  void a_lower_revision_is_never_taken() {
    room.put(7, flags(flag("a", 100)));
    FlagClient client = start(OFTEN);
    int reads = room.reads();

    room.change(6, flags(flag("a", 0)));

    Await.until("it was read again", SOON, () -> room.reads() > reads + 1);
    assertThat(client.revision()).isEqualTo(7);
    assertThat(client.isEnabled("a", "u1")).isTrue();
    assertThat(news).isEmpty();
  }

  @Test
  void while_nobody_answers_the_last_definitions_stay_in_force_and_are_called_stale() {
    try (CapturedLog log = CapturedLog.of(FlagFollower.class)) {
      room.put(7, flags(flag("a", 100)));
      FlagClient client = start(OFTEN);

      room.setAway(true);
      Await.until("it is noticed", SOON, () -> client.state() == FlagClientState.STALE);
      Instant last = client.lastSuccess().orElseThrow();
      assertThat(client.isEnabled("a", "u1")).isTrue();
      room.put(8, flags(flag("a", 0)));
      room.setAway(false);

      Await.until("it is over", SOON, () -> client.state() == FlagClientState.READY);
      assertThat(client.isEnabled("a", "u1")).isFalse();
      assertThat(client.lastSuccess().orElseThrow()).isAfter(last);
      Await.until("all is told", SOON, () -> news.size() == 3);
      assertThat(news).containsExactly("STALE", "READY", "8 [a]");
      assertThat(log.entries().stream().filter(entry -> entry.level().equals("WARN")))
          .singleElement()
          .extracting(CapturedLog.Entry::text)
          .asString()
          .contains("revision 7 stays in force");
    }
  }

  @Test
  void a_single_answer_that_is_lost_makes_nothing_stale() {
    room.put(7, flags(flag("a", 100)));
    FlagClient client = start(NEVER);

    room.refuseNext();
    room.change(8, flags(flag("a", 0)));

    Await.until("it is told", SOON, () -> !news.isEmpty());
    assertThat(news).containsExactly("8 [a]");
    assertThat(client.revision()).isEqualTo(8);
  }

  @Test
  void a_client_that_starts_before_any_node_is_not_ready_and_becomes_it_by_itself() {
    try (CapturedLog log = CapturedLog.of(FlagFollower.class)) {
      room.setAway(true);
      FlagClient client = start(OFTEN.withStartTimeout(Duration.ofMillis(50)));

      assertThat(client.state()).isEqualTo(FlagClientState.NOT_READY);
      assertThat(client.lastSuccess()).isEmpty();
      assertThat(client.isEnabled("a", "u1")).isFalse();
      assertThat(reason(client, "a")).isEqualTo(Reason.NOT_READY);
      assertThat(client.keys()).isEmpty();
      room.put(7, flags(flag("a", 100)));
      room.setAway(false);

      Await.until("it is ready", SOON, () -> client.state() == FlagClientState.READY);
      assertThat(client.isEnabled("a", "u1")).isTrue();
      assertThat(news).containsExactly("READY");
      assertThat(log.entries()).isNotEmpty();
    }
  }

  @Test
  void a_client_that_is_not_ready_asks_the_server() {
    room.setAway(true);
    FlagClient client = start(NEVER.withStartTimeout(Duration.ofMillis(50)));
    assertThat(Await.failure(client.evaluate("a", "u1", Map.of())))
        .isInstanceOf(RoomException.class);

    room.put(7, flags(flag("a", 100)));
    room.setAway(false);

    assertThat(Await.result(client.evaluate("a", "u1", Map.of())).value()).isEqualTo(true);
  }

  @Test
  void a_flag_on_facts_is_answered_by_the_server_and_no_other_one() {
    room.put(7, flags(onTier("tiered"), flag("a", 100)));
    FlagClient client = start(NEVER);

    assertThat(client.needsServer("tiered")).isTrue();
    assertThat(client.needsServer("a")).isFalse();
    assertThat(client.evaluateLocal("tiered", "u1", Map.of("tier", "free")))
        .isSameAs(FlagDecision.NEEDS_FACTS);
    assertThat(Await.result(client.evaluate("tiered", "u1", Map.of())))
        .isEqualTo(new FlagAnswer(true, "on", "TARGETING_MATCH", 7, "free_only"));
    assertThat(room.asked()).isEqualTo(1);
    assertThat(Await.result(client.evaluate("a", "u1", Map.of())))
        .isEqualTo(new FlagAnswer(true, "on", "STATIC", 7, null, 7, null));
    assertThat(room.asked()).isEqualTo(1);
  }

  @Test
  void the_shortcut_counts_a_flag_on_facts_as_off_and_warns_once() {
    room.put(7, flags(onTier("tiered")));
    FlagClient client = start(NEVER);

    try (CapturedLog log = CapturedLog.of(FlagClient.class)) {
      assertThat(client.isEnabled("tiered", "u1")).isFalse();
      assertThat(client.isEnabled("tiered", "u2")).isFalse();

      assertThat(log.entries()).singleElement().extracting("level").isEqualTo("WARN");
      assertThat(log.entries().get(0).text()).contains("flag tiered");
    }
  }

  @Test
  void a_thread_that_may_wait_gets_the_servers_answer_and_an_event_loop_is_told_why_not() {
    room.put(7, flags(onTier("tiered"), flag("a", 100)));
    FlagClient client = start(NEVER);

    assertThat(client.evaluateBlocking("tiered", "u1", Map.of(), SOON).value()).isEqualTo(true);
    Future<Object> onLoop =
        onEventLoop(() -> client.evaluateBlocking("tiered", "u1", Map.of(), SOON));
    assertThat(Await.failure(onLoop))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("use evaluate");
    assertThat(Await.result(onEventLoop(() -> client.evaluateBlocking("a", "u1", Map.of(), SOON))))
        .isEqualTo(new FlagAnswer(true, "on", "STATIC", 7, null, 7, null));

    room.setAway(true);
    assertThatThrownBy(() -> client.evaluateBlocking("tiered", "u1", Map.of(), SOON))
        .isInstanceOf(RoomException.class)
        .hasMessage("No node serves this.");
  }

  @Test
  void a_worker_that_waits_does_not_wait_for_itself() {
    room.put(7, flags(onTier("tiered")));
    FlagClient client = start(NEVER);
    Promise<FlagAnswer> answer = Promise.promise();

    Await.result(
        vertx.deployVerticle(
            new VerticleBase() {
              @Override
              public Future<?> start() {
                answer.complete(client.evaluateBlocking("tiered", "u1", Map.of(), SOON));
                return Future.succeededFuture();
              }
            },
            new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER)));

    assertThat(Await.result(answer.future()).value()).isEqualTo(true);
  }

  private interface Asking {
    Object ask();
  }

  private Future<Object> onEventLoop(Asking asking) {
    Promise<Object> done = Promise.promise();
    vertx.runOnContext(
        turn -> {
          try {
            done.complete(asking.ask());
          } catch (RuntimeException e) {
            done.fail(e);
          }
        });
    return done.future();
  }

  @Test
  void a_closed_client_is_not_ready_asks_nobody_and_hears_nothing() {
    room.put(7, flags(flag("a", 100)));
    FlagClient client = start(OFTEN);
    FlagClient other = start(NEVER);

    Await.result(client.close());
    Await.result(client.close());

    assertThat(news).containsExactly("NOT_READY");
    assertThat(client.state()).isEqualTo(FlagClientState.NOT_READY);
    assertThat(client.revision()).isZero();
    int reads = room.reads();
    for (int i = 8; i < 18; i++) {
      int revision = i;
      room.change(revision, flags(flag("a", 0)));
      Await.until("the other one has read it", SOON, () -> other.revision() == revision);
    }
    // Ten of the other one; one more may have been under way.
    assertThat(room.reads() - reads).isBetween(10, 11);
    assertThat(reason(client, "a")).isEqualTo(Reason.NOT_READY);
  }

  @Test
  void a_listener_that_throws_keeps_the_news_from_nobody() {
    try (CapturedLog log = CapturedLog.of(FlagFollower.class)) {
      room.put(7, flags(flag("a", 100)));
      FlagClient client = Await.result(FlagClient.start(vertx, NEVER));
      FlagListener broken =
          new FlagListener() {
            @Override
            public void flagsChanged(long revision, SortedSet<String> keys) {
              throw new IllegalStateException("broken");
            }
          };
      client.addListener(broken);
      client.addListener(listener);

      room.change(8, flags(flag("a", 0)));
      Await.until("the other one is told", SOON, () -> news.contains("8 [a]"));
      client.removeListener(broken);
      client.removeListener(listener);
      room.change(9, flags(flag("a", 50)));

      Await.until("it is read", SOON, () -> client.revision() == 9);
      assertThat(news).hasSize(1);
      assertThat(log.entries().stream().filter(entry -> entry.level().equals("WARN"))).hasSize(1);
    }
  }

  @Test
  void a_boolean_question_allocates_nothing() {
    room.put(7, flags(flag("half", 50), onTier("tiered")));
    FlagClient client = start(NEVER);
    String[] users = new String[64];
    for (int i = 0; i < users.length; i++) {
      users[i] = "user-" + i;
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    ask(client, users, 1_000);
    threads.getCurrentThreadAllocatedBytes();

    long before = threads.getCurrentThreadAllocatedBytes();
    int on = ask(client, users, 100_000);
    long after = threads.getCurrentThreadAllocatedBytes();

    assertThat(on).isBetween(1, 99_999);
    // A few bytes for the measuring itself, none for each question.
    assertThat(after - before).isLessThan(1_000);
  }

  private static int ask(FlagClient client, String[] users, int times) {
    int on = 0;
    for (int i = 0; i < times; i++) {
      on += client.isEnabled("half", users[i % users.length]) ? 1 : 0;
    }
    return on;
  }
}
