package io.growthbus.shared.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.FlagAnswers;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FlagsAskIT {
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final AtomicInteger asked = new AtomicInteger();

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private void newInTheThirdAnswer() {
    Await.result(
        bus.answer(
            Channels.EVALUATE_FLAGS,
            question -> {
              assertThat(question.keys()).isEqualTo(List.of());
              return Future.succeededFuture(
                  new FlagAnswers(asked.incrementAndGet() < 3 ? 7 : 8, Map.of()));
            }));
  }

  @Test
  void the_revision_is_that_of_an_answer_about_no_flag() {
    newInTheThirdAnswer();

    assertThat(Await.result(FlagsAsk.revision(bus))).isEqualTo(7);
  }

  @Test
  void a_revision_that_is_not_there_yet_is_waited_for() {
    newInTheThirdAnswer();

    assertThat(Await.result(FlagsAsk.atLeast(vertx, bus, 8))).isEqualTo(8);
    assertThat(asked).hasValue(3);
  }

  @Test
  void one_that_never_comes_is_waited_for_so_long_and_no_longer() {
    newInTheThirdAnswer();

    assertThat(Await.result(FlagsAsk.atLeast(vertx, bus, 9))).isEqualTo(8);
    assertThat(asked).hasValue(11);
  }

  @Test
  void a_refusal_is_passed_on() {
    RoomException refusal = (RoomException) Await.failure(FlagsAsk.revision(bus));

    assertThat(refusal.code()).isEqualTo("room_absent");
  }
}
