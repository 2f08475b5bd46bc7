package io.growthbus.shared.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.EvaluateFlags;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagsChanged;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.UsageAdvanced;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.CapturedLog;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BusIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final EvaluateFlag QUESTION = new EvaluateFlag("a", "u1", null);
  private static final FlagAnswer ANSWER = new FlagAnswer(true, "on", "STATIC", 3);

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final CapturedLog log = CapturedLog.of(Bus.class);

  @AfterEach
  void stop() {
    log.close();
    Await.result(vertx.close());
  }

  private void answer(Function<EvaluateFlag, Future<FlagAnswer>> answer) {
    Await.result(bus.answer(Channels.EVALUATE_FLAG, answer));
  }

  private Future<FlagAnswer> ask() {
    return bus.ask(Channels.EVALUATE_FLAG, QUESTION);
  }

  private Future<Object> askPlain(Object message) {
    return vertx
        .eventBus()
        .<Object>request(Channels.EVALUATE_FLAG.address(), message)
        .map(reply -> reply.body());
  }

  private static RoomException refusal(Future<?> asked) {
    return (RoomException) Await.failure(asked);
  }

  @Test
  void a_question_and_its_answer_are_the_same_objects_on_one_node() {
    List<Object> asked = new CopyOnWriteArrayList<>();
    answer(
        question -> {
          asked.add(question);
          return Future.succeededFuture(ANSWER);
        });

    assertThat(Await.result(ask())).isSameAs(ANSWER);
    assertThat(asked).hasSize(1).first().isSameAs(QUESTION);
  }

  @Test
  void a_channel_that_is_served_here_is_called_here_and_any_other_wherever_it_is() {
    Vertx other = Vertx.vertx();
    List<DeliveryOptions> used = new CopyOnWriteArrayList<>();
    Bus watched = new Bus(watching(other, used));
    assertThat(refusal(watched.ask(Channels.EVALUATE_FLAG, QUESTION)).code())
        .isEqualTo("room_absent");
    Await.result(
        watched.answer(Channels.EVALUATE_FLAG, question -> Future.succeededFuture(ANSWER)));
    assertThat(Await.result(watched.ask(Channels.EVALUATE_FLAG, QUESTION))).isEqualTo(ANSWER);
    Await.result(other.close());

    assertThat(used).extracting(DeliveryOptions::isLocalOnly).containsExactly(false, true);
  }

  /** The same Vert.x, whose event bus notes the options of each request. */
  private static Vertx watching(Vertx vertx, List<DeliveryOptions> used) {
    EventBus watchedBus =
        proxy(
            EventBus.class,
            vertx.eventBus(),
            (method, arguments) -> {
              if (method.getName().equals("request") && arguments.length == 3) {
                used.add((DeliveryOptions) arguments[2]);
              }
              return null;
            });
    return proxy(
        Vertx.class,
        vertx,
        (method, arguments) -> method.getName().equals("eventBus") ? watchedBus : null);
  }

  private interface Watch {
    @Nullable Object instead(Method method, Object[] arguments);
  }

  private static <T> T proxy(Class<T> type, T target, Watch watch) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              Object[] given = arguments == null ? new Object[0] : arguments;
              Object instead = watch.instead(method, given);
              return instead == null ? method.invoke(target, given) : instead;
            }));
  }

  @Test
  void a_refusal_reaches_the_asker_with_kind_code_and_text() {
    answer(
        question ->
            Future.failedFuture(
                new RoomException(ErrorKind.CONFLICT, "prompt_over", "It is over.\nTry another.")));

    RoomException refusal = refusal(ask());

    assertThat(refusal.kind()).isEqualTo(ErrorKind.CONFLICT);
    assertThat(refusal.code()).isEqualTo("prompt_over");
    assertThat(refusal.text()).isEqualTo("It is over.\nTry another.");
    assertThat(refusal.pointer()).isEmpty();
    assertThat(log.entries()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/schema/properties/a~1b"})
  void a_refusal_that_speaks_of_a_place_says_which(String pointer) {
    String text = "It is wrong.\nMend it.";
    answer(
        question ->
            Future.failedFuture(
                new RoomException(ErrorKind.INVALID, "invalid_schema", text, pointer)));

    RoomException refusal = refusal(ask());

    assertThat(refusal.text()).isEqualTo(text);
    assertThat(refusal.pointer()).contains(pointer);
  }

  @Test
  void every_field_that_is_wrong_reaches_the_asker_with_its_place() {
    List<FieldProblem> problems =
        List.of(new FieldProblem("/a/0", "is wrong"), new FieldProblem("", "is missing"));
    answer(question -> Future.failedFuture(RoomException.invalidFields(problems)));

    RoomException refusal = refusal(ask());

    assertThat(refusal.problems()).isEqualTo(problems);
    assertThat(refusal.pointer()).contains("/a/0");
    assertThat(refusal.text()).isEqualTo("/a/0 is wrong.  is missing.");
  }

  @Test
  void a_refusal_of_any_kind_crosses_thrown_or_failed() {
    for (ErrorKind kind : ErrorKind.values()) {
      Ask<EvaluateFlags, FlagAnswer> channel =
          new Ask<>("test.kind." + kind, EvaluateFlags.class, FlagAnswer.class, SOON);
      Await.result(
          bus.answer(
              channel,
              question -> {
                throw new RoomException(kind, "code", "text");
              }));

      assertThat(refusal(bus.ask(channel, new EvaluateFlags(null, null, null))).kind())
          .isEqualTo(kind);
    }
  }

  @Test
  void a_channel_that_no_node_serves_is_unavailable_as_room_absent() {
    RoomException refusal = refusal(ask());

    assertThat(refusal.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
    assertThat(refusal.code()).isEqualTo("room_absent");
  }

  @Test
  void no_answer_in_time_is_unavailable_as_room_timeout() {
    Ask<EvaluateFlag, FlagAnswer> impatient =
        new Ask<>("test.silent", EvaluateFlag.class, FlagAnswer.class, Duration.ofMillis(50));
    Await.result(bus.answer(impatient, question -> Promise.<FlagAnswer>promise().future()));

    RoomException refusal = refusal(bus.ask(impatient, QUESTION));

    assertThat(refusal.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
    assertThat(refusal.code()).isEqualTo("room_timeout");
  }

  @Test
  void an_unexpected_failure_is_internal_logged_once_and_its_message_stays_here() {
    answer(question -> Future.failedFuture(new IllegalStateException("password hunter2")));

    RoomException refusal = refusal(ask());

    assertThat(refusal.kind()).isEqualTo(ErrorKind.INTERNAL);
    assertThat(refusal.code()).isEqualTo("internal");
    assertThat(refusal.text()).doesNotContain("hunter2");
    assertThat(log.entries()).hasSize(1);
    CapturedLog.Entry entry = log.entries().get(0);
    assertThat(entry.level()).isEqualTo("ERROR");
    assertThat(entry.failure()).hasMessage("password hunter2");
    String id = refusal.text().replaceAll(".* id ([0-9a-f-]{36})\\.", "$1");
    assertThat(entry.text()).contains(id);
  }

  @Test
  void what_a_room_throws_is_answered_as_what_it_fails_with() {
    answer(
        question -> {
          throw new IllegalStateException("hunter2");
        });

    assertThat(refusal(ask()).code()).isEqualTo("internal");
    assertThat(log.entries()).hasSize(1);
  }

  @Test
  void asking_after_the_end_of_the_node_fails_and_does_not_throw() {
    Vertx ended = Vertx.vertx();
    Bus late = new Bus(ended);
    Await.result(ended.close());

    Future<FlagAnswer> asked = late.ask(Channels.EVALUATE_FLAG, QUESTION);

    assertThat(refusal(asked).code()).isEqualTo("room_absent");
    assertThat(log.entries()).isEmpty();
  }

  @Test
  void plain_json_is_answered_with_plain_json() {
    answer(
        question ->
            Future.succeededFuture(new FlagAnswer(question.equals(QUESTION), "on", "STATIC", 3)));

    Object reply = Await.result(askPlain(new JsonObject().put("key", "a").put("userId", "u1")));

    assertThat(reply)
        .isEqualTo(
            new JsonObject()
                .put("value", true)
                .put("variant", "on")
                .put("reason", "STATIC")
                .put("revision", 3)
                .put("flagRevision", 0));
  }

  @Test
  void plain_json_of_a_newer_service_may_hold_more_fields() {
    answer(question -> Future.succeededFuture(ANSWER));

    assertThat(Await.result(askPlain(new JsonObject().put("key", "a").put("tenant", "t"))))
        .isInstanceOf(JsonObject.class);
  }

  @Test
  void a_message_that_is_not_of_the_channels_type_is_refused_as_invalid_message() {
    answer(question -> Future.succeededFuture(ANSWER));

    for (Object bad :
        new Object[] {
          "text",
          7,
          new JsonObject(),
          new JsonObject().putNull("key"),
          new JsonObject().put("key", new JsonObject()),
          new JsonObject().put("key", "a").put("attributes", "none")
        }) {
      ReplyException refused = (ReplyException) Await.failure(askPlain(bad));
      assertThat(refused.failureCode()).as(bad.toString()).isEqualTo(ErrorKind.INVALID.number());
      assertThat(refused.getMessage()).startsWith("invalid_message\n");
    }
    ReplyException refused =
        (ReplyException)
            Await.failure(vertx.eventBus().request(Channels.EVALUATE_FLAG.address(), null));
    assertThat(refused.getMessage()).startsWith("invalid_message\n");
    assertThat(log.entries()).isEmpty();
  }

  @Test
  void a_failure_text_of_a_service_outside_the_product_is_not_passed_on() {
    vertx
        .eventBus()
        .consumer(Channels.EVALUATE_FLAG.address(), message -> message.fail(77, "hunter2"));

    RoomException refusal = refusal(ask());

    assertThat(refusal.kind()).isEqualTo(ErrorKind.INTERNAL);
    assertThat(refusal.text()).doesNotContain("hunter2");
  }

  @Test
  void work_is_taken_once_and_a_failure_of_it_is_logged() {
    List<UsageAdvanced> taken = new CopyOnWriteArrayList<>();
    Await.result(
        bus.take(
            Channels.USAGE_ADVANCED,
            work -> {
              taken.add(work);
              return Future.failedFuture("not today");
            }));
    UsageAdvanced work = new UsageAdvanced(List.of(new MeterReading("u1", "api_calls", 1)));

    bus.send(Channels.USAGE_ADVANCED, work);

    Await.until("the failure is logged", SOON, () -> log.entries().size() == 1);
    assertThat(taken).containsExactly(work);
    assertThat(log.entries().get(0).level()).isEqualTo("WARN");
  }

  @Test
  void work_that_is_not_of_the_channels_type_is_logged_and_the_next_one_taken() {
    List<UsageAdvanced> taken = new CopyOnWriteArrayList<>();
    Await.result(
        bus.take(
            Channels.USAGE_ADVANCED,
            work -> {
              taken.add(work);
              return Future.succeededFuture();
            }));

    vertx.eventBus().send(Channels.USAGE_ADVANCED.address(), "text");
    bus.send(Channels.USAGE_ADVANCED, new UsageAdvanced(List.of()));

    Await.until("the next one is taken", SOON, () -> taken.size() == 1);
    assertThat(log.entries()).hasSize(1);
  }

  @Test
  void work_that_nobody_takes_is_lost_without_a_sound() {
    bus.send(Channels.USAGE_ADVANCED, new UsageAdvanced(List.of()));
    answer(question -> Future.succeededFuture(ANSWER));

    assertThat(Await.result(ask())).isEqualTo(ANSWER);
    assertThat(log.entries()).isEmpty();
  }

  @Test
  void a_broadcast_is_heard_by_every_listener() {
    List<FlagsChanged> first = new CopyOnWriteArrayList<>();
    List<FlagsChanged> second = new CopyOnWriteArrayList<>();
    Await.result(bus.hear(Channels.FLAGS_CHANGED, first::add));
    Await.result(bus.hear(Channels.FLAGS_CHANGED, second::add));

    bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(7));

    Await.until("both have heard", SOON, () -> first.size() == 1 && second.size() == 1);
    assertThat(first).isEqualTo(second).containsExactly(new FlagsChanged(7));
  }

  @Test
  void a_listener_that_throws_is_logged_once_and_hears_the_next_broadcast() {
    List<Long> heard = new CopyOnWriteArrayList<>();
    Await.result(
        bus.hear(
            Channels.FLAGS_CHANGED,
            change -> {
              heard.add(change.revision());
              if (change.revision() == 1) {
                throw new IllegalStateException("first");
              }
            }));

    vertx.eventBus().publish(Channels.FLAGS_CHANGED.address(), "text");
    bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(1));
    bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(2));

    Await.until("both are heard", SOON, () -> heard.size() == 2);
    assertThat(heard).containsExactly(1L, 2L);
    assertThat(log.entries()).hasSize(2).allMatch(entry -> entry.level().equals("WARN"));
  }

  @Test
  void a_subscription_that_is_ended_hears_nothing_more() {
    List<FlagsChanged> ended = new CopyOnWriteArrayList<>();
    List<FlagsChanged> other = new CopyOnWriteArrayList<>();
    Subscription subscription = bus.subscribe(Channels.FLAGS_CHANGED, ended::add);
    Await.result(subscription.started());
    Await.result(bus.hear(Channels.FLAGS_CHANGED, other::add));
    Await.result(subscription.end());

    bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(7));

    Await.until("the other has heard", SOON, () -> other.size() == 1);
    assertThat(ended).isEmpty();
  }

  @Test
  void a_node_has_one_bus() {
    assertThatIllegalStateException().isThrownBy(() -> new Bus(vertx));
  }

  @Test
  void the_bus_of_a_vertx_is_found_again_or_made_when_it_has_none() {
    assertThat(Bus.of(vertx)).isSameAs(bus);

    Vertx other = Vertx.vertx();
    Bus made = Bus.of(other);
    assertThat(made).isNotSameAs(bus).isSameAs(Bus.of(other));
    Await.result(other.close());
  }
}
