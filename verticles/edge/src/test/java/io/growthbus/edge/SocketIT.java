package io.growthbus.edge;

import static io.growthbus.edge.TestSocket.isError;
import static io.growthbus.edge.TestSocket.rec;
import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.core.SocketRules;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.AcknowledgePrompt;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.message.FindWaitingPrompts;
import io.growthbus.shared.message.FlagsChanged;
import io.growthbus.shared.message.ListPendingPrompts;
import io.growthbus.shared.message.PendingPrompts;
import io.growthbus.shared.message.PromptRaised;
import io.growthbus.shared.message.PromptRetracted;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.message.WaitingPrompts;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The browser socket over its raw WebSocket. */
class SocketIT {
  private final EdgeNode node = new EdgeNode(EdgeNode.KEYED);

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void pending_prompts_are_delivered_at_once_after_register() {
    TestSocket socket = TestSocket.open(node).register("me.prompts", node.token("ada"));
    assertThat(socket.next())
        .isEqualTo(
            rec(
                "me.prompts",
                new JsonObject(
                    """
                    {"type":"prompt","prompt_id":"7f3e2a10-5b6c-4d7e-8f90-a1b2c3d4e5f6",
                     "rule":"api_calls","event":"api_calls","count":51,"threshold":50,
                     "variant":null,"title":"Title","body":"Body",
                     "cta":{"label":"Upgrade","url":"/pricing"},"expires_at":1900000000000}""")));
    assertThat(node.rooms.onlyAsked(ListPendingPrompts.class).userId()).isEqualTo("ada");
  }

  @Test
  void a_register_that_is_repeated_delivers_nothing_again() {
    TestSocket socket = TestSocket.open(node).register("me.prompts", node.token("ada"));
    socket.next();
    socket.register("me.prompts", node.token("ada"));
    socket.expectNothingElse();
    assertThat(node.rooms.asked(ListPendingPrompts.class)).hasSize(1);
  }

  @Test
  void a_prompt_reaches_all_open_pages_of_its_user_and_nobody_else() {
    TestSocket first = TestSocket.hearing(node, "me.prompts", "ada");
    TestSocket second = TestSocket.hearing(node, "me.prompts", "ada");
    TestSocket other = TestSocket.hearing(node, "me.prompts", "bob");
    TestSocket elsewhere = TestSocket.hearing(node, "public.flags", "ada2");

    node.bus.publish(Channels.PROMPT_RAISED, new PromptRaised("ada", FakeRooms.prompt("p1")));

    JsonObject frame = rec("me.prompts", PromptRoutes.body(FakeRooms.prompt("p1")));
    assertThat(first.next()).isEqualTo(frame);
    assertThat(second.next()).isEqualTo(frame);
    other.expectNothingElse();
    elsewhere.expectNothingElse();
  }

  @Test
  void a_prompt_that_no_message_told_of_is_found_and_delivered_once_to_the_pages_that_lack_it() {
    TestSocket told = TestSocket.hearing(node, "me.prompts", "ada");
    node.bus.publish(
        Channels.PROMPT_RAISED, new PromptRaised("ada", FakeRooms.prompt(FakeRooms.PROMPT_ID)));
    told.next();
    TestSocket untold = TestSocket.hearing(node, "me.prompts", "ada");
    TestSocket other = TestSocket.hearing(node, "public.flags", "bob");
    node.rooms.answer(
        Channels.LIST_PENDING_PROMPTS,
        question ->
            Future.succeededFuture(
                new PendingPrompts(List.of(FakeRooms.prompt(FakeRooms.PROMPT_ID)))));
    node.rooms.answer(
        Channels.FIND_WAITING_PROMPTS,
        question ->
            Future.succeededFuture(
                new WaitingPrompts(
                    question.userIds().stream()
                        .map(user -> new WaitingPrompts.Waiting(user, FakeRooms.PROMPT_ID))
                        .toList())));

    assertThat(untold.next())
        .isEqualTo(rec("me.prompts", PromptRoutes.body(FakeRooms.prompt(FakeRooms.PROMPT_ID))));
    int looks = node.rooms.asked(FindWaitingPrompts.class).size();
    Await.until(
        "two more looks",
        Duration.ofSeconds(5),
        () -> node.rooms.asked(FindWaitingPrompts.class).size() > looks + 1);
    told.expectNothingElse();
    untold.expectNothingElse();
    other.expectNothingElse();
  }

  @Test
  void a_prompt_is_retracted_on_the_pages_of_its_user() {
    TestSocket socket = TestSocket.hearing(node, "me.prompts", "ada");
    node.bus.publish(Channels.PROMPT_RETRACTED, new PromptRetracted("bob", "p0", "upgraded"));
    node.bus.publish(Channels.PROMPT_RETRACTED, new PromptRetracted("ada", "p1", "upgraded"));
    assertThat(socket.next())
        .isEqualTo(
            rec(
                "me.prompts",
                new JsonObject()
                    .put("type", "retract")
                    .put("prompt_id", "p1")
                    .put("reason", "upgraded")));
  }

  @Test
  void a_page_hears_only_what_it_registered_and_until_it_unregisters() {
    TestSocket socket = TestSocket.hearing(node, "me.entitlements", "ada");
    TestSocket witness = TestSocket.hearing(node, "public.flags", "bob");
    node.bus.publish(Channels.PROMPT_RAISED, new PromptRaised("ada", FakeRooms.prompt("p1")));
    node.bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(8));
    witness.next();
    socket.register("public.flags", node.token("ada"));
    socket.expectNothingElse();
    node.bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(9));
    assertThat(socket.next()).isEqualTo(rec("public.flags", new JsonObject().put("revision", 9)));
    socket.send(new JsonObject().put("type", "unregister").put("address", "public.flags"));
    socket.expectNothingElse();
    witness.next();
    node.bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(10));
    witness.next();
    socket.expectNothingElse();
  }

  @Test
  void a_changed_entitlement_is_read_and_sent() {
    TestSocket socket = TestSocket.hearing(node, "me.entitlements", "ada");
    node.bus.publish(Channels.ENTITLEMENT_CHANGED, new EntitlementChanged("ada", 5));
    assertThat(socket.next())
        .isEqualTo(
            rec(
                "me.entitlements",
                new JsonObject(
                    "{\"revision\":5,\"tier\":\"pro\",\"limits\":{\"api_calls\":10000},\"state\":\"grace\"}")));
  }

  @Test
  void an_entitlement_that_nobody_listens_to_is_not_asked_for() {
    TestSocket socket = TestSocket.hearing(node, "me.prompts", "ada");
    node.bus.publish(Channels.ENTITLEMENT_CHANGED, new EntitlementChanged("ada", 5));
    node.bus.publish(Channels.PROMPT_RETRACTED, new PromptRetracted("ada", "p1", "upgraded"));
    socket.next();
    assertThat(node.rooms.asked(ResolveEntitlement.class)).isEmpty();
  }

  @Test
  void an_acknowledgement_is_the_socket_owners_and_is_replied_to() {
    TestSocket socket = TestSocket.hearing(node, "me.prompts", "ada");
    socket.say(
        "me.prompts.ack",
        new JsonObject().put("prompt_id", "p1").put("action", "dismissed").put("user_id", "bob"),
        "reply-1");
    assertThat(socket.next())
        .isEqualTo(
            rec("reply-1", new JsonObject().put("prompt_id", "p1").put("state", "dismissed")));
    assertThat(node.rooms.onlyAsked(AcknowledgePrompt.class))
        .isEqualTo(new AcknowledgePrompt("ada", "p1", AcknowledgePrompt.Action.DISMISSED));
  }

  @Test
  void an_acknowledgement_may_follow_register_in_the_same_breath() {
    TestSocket socket = TestSocket.open(node);
    node.rooms.nothingPending();
    socket
        .register("me.prompts", node.token("ada"))
        .say(
            "me.prompts.ack",
            new JsonObject().put("prompt_id", "p1").put("action", "shown"),
            "reply-1");
    assertThat(socket.next().getString("address")).isEqualTo("reply-1");
  }

  @Test
  void an_acknowledgement_that_is_refused_is_replied_to_with_the_code() {
    TestSocket socket = TestSocket.hearing(node, "me.prompts", "ada");
    node.rooms.refuse(
        Channels.ACKNOWLEDGE_PROMPT,
        new RoomException(ErrorKind.NOT_FOUND, "unknown_prompt", "None."));
    JsonObject body = new JsonObject().put("prompt_id", "p1").put("action", "shown");
    socket.say("me.prompts.ack", body, "reply-1");
    assertThat(socket.next())
        .isEqualTo(
            new JsonObject(
                """
                {"type":"err","address":"reply-1","failureCode":0,
                 "failureType":"RECIPIENT_FAILURE","message":"None.","code":"unknown_prompt"}"""));
    socket.say("me.prompts.ack", body, null);
    isError(socket.next(), "unknown_prompt");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"prompt_id\":\"p\"}",
        "{\"prompt_id\":7,\"action\":\"shown\"}",
        "{\"prompt_id\":\"p\",\"action\":\"SHOWN\"}",
        "{\"prompt_id\":\"p\",\"action\":\"eaten\"}"
      })
  void an_acknowledgement_that_says_nothing_is_refused(String body) {
    TestSocket socket = TestSocket.hearing(node, "me.prompts", "ada");
    socket.say("me.prompts.ack", new JsonObject(body), "reply-1");
    assertThat(socket.next().getString("code")).isEqualTo("invalid_acknowledgement");
    assertThat(node.rooms.asked(AcknowledgePrompt.class)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "growthbus.activation.prompt-raised",
        "growthbus.ingest.record",
        "me.prompts.ada",
        "__vertx.reply.1",
        "me.session",
        ""
      })
  void any_other_address_is_denied(String address) {
    TestSocket socket = TestSocket.open(node);
    socket.register(address, node.token("ada"));
    isError(socket.next(), "access_denied");
    for (String type : List.of("send", "publish")) {
      String target = address.equals("me.session") ? "me.prompts" : address;
      socket.send(
          new JsonObject()
              .put("type", type)
              .put("address", target)
              .put("body", new JsonObject())
              .put("replyAddress", "r"));
      isError(socket.next(), "access_denied");
    }
    assertThat(node.rooms.asked(Object.class)).isEmpty();
  }

  @Test
  void a_ping_gets_no_reply() {
    TestSocket socket = TestSocket.open(node);
    socket.sendText("{\"type\":\"ping\"}").sendText("{\"type\":\"ping\"}");
    socket.expectNothingElse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "no json", "[]", "null", "7", "{", "{}", "{\"type\":7}", "{\"type\":\"x\"}"})
  void what_is_no_frame_is_an_error_and_the_socket_stays(String text) {
    TestSocket socket = TestSocket.open(node).sendText(text);
    isError(socket.next(), "invalid_json");
    socket.expectNothingElse();
  }

  @Test
  void without_a_valid_token_nothing_is_heard_and_nothing_is_said() {
    TestSocket socket = TestSocket.open(node);
    socket.send(new JsonObject().put("type", "register").put("address", "me.prompts"));
    isError(socket.next(), "not_logged_in");
    socket.register("public.flags", node.token("ada") + "x");
    isError(socket.next(), "not_logged_in");
    socket.register("me.prompts", node.token("ada", Duration.ofMinutes(-1)));
    isError(socket.next(), "not_logged_in");
    socket.register("me.prompts", EdgeNode.SK);
    isError(socket.next(), "not_logged_in");
    socket.say("me.prompts.ack", new JsonObject().put("prompt_id", "p"), "r");
    isError(socket.next(), "not_logged_in");
    socket.say("me.session", new JsonObject().put("token", node.token("ada")), "r");
    isError(socket.next(), "not_logged_in");
    assertThat(node.rooms.asked(Object.class)).isEmpty();
  }

  @Test
  void headers_that_are_no_object_are_no_token() {
    TestSocket socket = TestSocket.open(node);
    socket.sendText("{\"type\":\"register\",\"address\":\"me.prompts\",\"headers\":[1]}");
    isError(socket.next(), "not_logged_in");
    socket.sendText(
        "{\"type\":\"register\",\"address\":\"me.prompts\",\"headers\":{\"authorization\":{}}}");
    isError(socket.next(), "not_logged_in");
  }

  @Test
  void pending_prompts_that_cannot_be_read_leave_the_socket_open() {
    node.rooms.refuse(
        Channels.LIST_PENDING_PROMPTS,
        new RoomException(ErrorKind.UNAVAILABLE, "store_unavailable", "Later."));
    TestSocket socket = TestSocket.open(node).register("me.prompts", node.token("ada"));
    socket.expectNothingElse();
    node.bus.publish(Channels.PROMPT_RAISED, new PromptRaised("ada", FakeRooms.prompt("p1")));
    assertThat(socket.next().getString("address")).isEqualTo(SocketRules.PROMPTS);
  }
}
