package io.growthbus.shared.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.AppliedRevisions.Applied;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AppliedRevisionsIT {
  private static final Duration LONG = Duration.ofSeconds(15);
  private static final Duration SHORT = Duration.ofMillis(50);

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final AtomicLong nanos = new AtomicLong();

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  /** A node that listens and acts by a revision. */
  private AppliedRevisions node(String name, long revision) {
    AppliedRevisions node =
        new AppliedRevisions(vertx, bus, Channels.SCHEMAS_APPLIED, name, nanos::get);
    Await.result(node.listen());
    node.announce(revision);
    return node;
  }

  private static Applied at(AppliedRevisions node, long revision, Duration most) {
    return Await.result(node.collect(revision, most));
  }

  private static void awaitNodes(AppliedRevisions node, long revision, String... names) {
    Await.until(
        "it has heard of them",
        LONG,
        () -> List.of(names).equals(at(node, revision, SHORT).nodes()));
  }

  @Test
  void a_node_alone_waits_for_nobody() {
    AppliedRevisions a = node("a", 7);

    Future<Applied> applied = a.collect(7, LONG);

    assertThat(applied.isComplete()).isTrue();
    assertThat(applied.result().nodes()).containsExactly("a");
    assertThat(applied.result().pending()).isEmpty();
  }

  @Test
  void the_answer_comes_as_soon_as_the_last_node_acts_by_the_revision() {
    AppliedRevisions a = node("a", 7);
    AppliedRevisions b = node("b", 7);
    awaitNodes(a, 7, "a", "b");
    a.announce(8);

    Future<Applied> applied = a.collect(8, LONG);
    assertThat(applied.isComplete()).isFalse();
    b.announce(9);

    assertThat(Await.result(applied).nodes()).containsExactly("a", "b");
    assertThat(Await.result(applied).pending()).isEmpty();
  }

  @Test
  void a_node_that_does_not_follow_is_named_when_the_wait_is_over() {
    AppliedRevisions a = node("a", 7);
    node("b", 7);
    awaitNodes(a, 7, "a", "b");
    a.announce(8);

    Applied applied = at(a, 8, SHORT);

    assertThat(applied.nodes()).containsExactly("a");
    assertThat(applied.pending()).containsExactly("b");
  }

  @Test
  void the_highest_revision_is_that_of_any_node_which_was_heard_lately() {
    AppliedRevisions a = node("a", 7);
    assertThat(a.highest()).isEqualTo(7);
    node("b", 9);
    awaitNodes(a, 9, "b");
    assertThat(a.highest()).isEqualTo(9);

    nanos.addAndGet(AppliedRevisions.MEMORY.toNanos() + 1);
    assertThat(a.highest()).isEqualTo(7);
  }

  @Test
  void a_newcomer_learns_of_the_others_at_once() {
    node("a", 7);
    node("b", 7);
    AppliedRevisions newcomer = node("c", 7);

    awaitNodes(newcomer, 7, "a", "b", "c");
  }

  @Test
  void it_is_remembered_since_when_a_node_acts_by_a_revision() {
    long before = System.currentTimeMillis();
    AppliedRevisions a = node("a", 7);
    long since = Objects.requireNonNull(at(a, 7, SHORT).atMs().get("a"));
    assertThat(since).isBetween(before, System.currentTimeMillis());

    Await.until("time goes on", LONG, () -> System.currentTimeMillis() > since);
    a.announce(7);
    assertThat(at(a, 7, SHORT).atMs()).containsEntry("a", since);

    a.announce(8);
    assertThat(at(a, 7, SHORT).atMs().get("a")).isGreaterThan(since);
  }

  @Test
  void nobody_waits_for_a_node_that_was_not_heard_for_long() {
    AppliedRevisions a = node("a", 7);
    node("b", 7);
    awaitNodes(a, 7, "a", "b");
    nanos.addAndGet(AppliedRevisions.MEMORY.toNanos() + 1);
    a.announce(8);

    Future<Applied> applied = a.collect(8, LONG);

    assertThat(applied.isComplete()).isTrue();
    assertThat(applied.result().nodes()).containsExactly("a");
  }
}
