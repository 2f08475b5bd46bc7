package io.growthbus.shared.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EntitlementAskIT {
  private static final EntitlementChanged CHANGE = new EntitlementChanged("u1", 5);

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final AtomicInteger asked = new AtomicInteger();

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private void answerWithRevision(IntFunction<Long> revisionOfTry) {
    Await.result(
        bus.answer(
            Channels.RESOLVE_ENTITLEMENT,
            question ->
                Future.succeededFuture(
                    entitlement(question.userId(), revisionOfTry.apply(asked.incrementAndGet())))));
  }

  private static Entitlement entitlement(String userId, long revision) {
    return new Entitlement(
        userId,
        "pro",
        Map.of(),
        List.of(),
        List.of(),
        0,
        Entitlement.State.FRESH,
        "active",
        null,
        null,
        revision);
  }

  @Test
  void an_answer_of_the_announced_revision_is_taken_at_once() {
    answerWithRevision(attempt -> 5L);

    Entitlement answer = Await.result(EntitlementAsk.atLeast(vertx, bus, CHANGE));

    assertThat(answer.userId()).isEqualTo("u1");
    assertThat(answer.revision()).isEqualTo(5);
    assertThat(asked).hasValue(1);
  }

  @Test
  void an_answer_of_an_older_revision_is_asked_for_again() {
    answerWithRevision(attempt -> attempt < 3 ? 4L : 6L);

    assertThat(Await.result(EntitlementAsk.atLeast(vertx, bus, CHANGE)).revision()).isEqualTo(6);
    assertThat(asked).hasValue(3);
  }

  @Test
  void the_last_answer_is_taken_when_none_comes_in_time() {
    answerWithRevision(attempt -> 4L);

    assertThat(Await.result(EntitlementAsk.atLeast(vertx, bus, CHANGE)).revision()).isEqualTo(4);
    assertThat(asked).hasValue(11);
  }

  @Test
  void a_refusal_is_not_asked_for_again() {
    RoomException refusal =
        (RoomException) Await.failure(EntitlementAsk.atLeast(vertx, bus, CHANGE));

    assertThat(refusal.code()).isEqualTo("room_absent");
  }
}
