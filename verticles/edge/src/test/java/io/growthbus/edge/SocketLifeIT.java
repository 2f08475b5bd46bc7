package io.growthbus.edge;

import static io.growthbus.edge.TestSocket.isError;
import static io.growthbus.edge.TestSocket.rec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.message.PromptRaised;
import io.growthbus.shared.message.PromptRetracted;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.net.ConnectException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long a browser socket lives: tokens, limits, a stop of the node. */
class SocketLifeIT {
  private final EdgeNode node = new EdgeNode(EdgeNode.KEYED);

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void a_socket_belongs_to_the_first_user_that_it_proves() {
    TestSocket socket = TestSocket.hearing(node, "me.prompts", "ada");
    socket.register("me.entitlements", node.token("bob"));
    isError(socket.next(), "not_logged_in");
    socket.say("me.session", new JsonObject().put("token", node.token("bob")), "r");
    JsonObject refusal = socket.next();
    assertThat(refusal.getString("type")).isEqualTo("err");
    assertThat(refusal.getString("code")).isEqualTo("access_denied");
    socket.expectNothingElse();
    TestSocket witness = TestSocket.hearing(node, "me.prompts", "bob");
    node.bus.publish(Channels.PROMPT_RAISED, new PromptRaised("bob", FakeRooms.prompt("p1")));
    witness.next();
    socket.expectNothingElse();
  }

  @Test
  void a_socket_dies_with_its_token() {
    TestSocket brief = TestSocket.open(node);
    node.rooms.nothingPending();
    brief.register("me.prompts", node.token("ada", Duration.ofMinutes(1)));
    brief.expectNothingElse();
    TestSocket longer = TestSocket.hearing(node, "me.prompts", "bob");
    longer.sendText("{\"type\":\"ping\"}");
    node.clock.forward(Duration.ofSeconds(59));
    longer.expectNothingElse();
    brief.expectNothingElse();
    node.clock.forward(Duration.ofSeconds(1));
    assertThat(brief.closeCode()).isEqualTo(4401);
    longer.expectNothingElse();
  }

  @Test
  void a_fresh_token_keeps_the_socket_open() {
    TestSocket socket = TestSocket.open(node);
    node.rooms.nothingPending();
    socket.register("me.prompts", node.token("ada", Duration.ofMinutes(1)));
    socket.say("me.session", new JsonObject().put("token", node.token("ada")), "r");
    assertThat(socket.next())
        .isEqualTo(rec("r", new JsonObject().put("expires_at", node.clock.millis() + 600_000)));
    TestSocket witness = TestSocket.open(node);
    witness.register("me.prompts", node.token("bob", Duration.ofMinutes(1)));
    witness.expectNothingElse();
    node.clock.forward(Duration.ofSeconds(59));
    socket.expectNothingElse();
    node.clock.forward(Duration.ofSeconds(1));
    assertThat(witness.closeCode()).isEqualTo(4401);
    socket.expectNothingElse();
  }

  @Test
  void a_fresh_token_that_is_not_valid_is_refused() {
    TestSocket socket = TestSocket.hearing(node, "me.prompts", "ada");
    socket.say("me.session", new JsonObject().put("token", "x"), "r");
    assertThat(socket.next().getString("code")).isEqualTo("invalid_token");
    socket.say("me.session", new JsonObject(), null);
    isError(socket.next(), "invalid_token");
    socket.expectNothingElse();
  }

  @Test
  void a_silent_socket_is_closed_and_one_that_pings_is_not() {
    TestSocket silent = TestSocket.open(node);
    silent.expectNothingElse();
    TestSocket alive = TestSocket.hearing(node, "me.prompts", "ada");
    node.clock.forward(Duration.ofSeconds(45));
    alive.sendText("{\"type\":\"ping\"}");
    alive.expectNothingElse();
    node.clock.forward(Duration.ofSeconds(30));
    assertThat(silent.closeCode()).isEqualTo(1001);
    alive.expectNothingElse();
  }

  @Test
  void a_socket_that_proves_no_user_is_closed_however_often_it_pings() {
    TestSocket nobodys = TestSocket.open(node);
    TestSocket proven = TestSocket.hearing(node, "me.prompts", "ada");
    for (TestSocket socket : new TestSocket[] {nobodys, proven}) {
      socket.expectNothingElse();
    }
    node.clock.forward(Duration.ofSeconds(45));
    for (TestSocket socket : new TestSocket[] {nobodys, proven}) {
      socket.sendText("{\"type\":\"ping\"}");
      socket.expectNothingElse();
    }
    node.clock.forward(Duration.ofSeconds(16));
    assertThat(nobodys.closeCode()).isEqualTo(1001);
    proven.expectNothingElse();
  }

  @Test
  void an_address_has_room_for_so_many_sockets_and_leaves_room_to_others() {
    try (EdgeNode small = new EdgeNode(EdgeNode.keyed(2))) {
      TestSocket first = TestSocket.open(small);
      TestSocket second = TestSocket.hearing(small, "me.prompts", "ada");
      assertThat(TestSocket.open(small).closeCode()).isEqualTo(4429);
      TestSocket.openElsewhere(small).expectNothingElse();
      second.expectNothingElse();
      first.close();
      Await.until(
          "the place is free again",
          Duration.ofSeconds(10),
          () -> TestSocket.open(small).isTaken());
    }
  }

  @Test
  void a_user_may_have_so_many_sockets_and_the_oldest_one_goes() {
    TestSocket first = TestSocket.hearing(node, "me.prompts", "ada");
    TestSocket second = TestSocket.hearing(node, "me.prompts", "ada");
    TestSocket other = TestSocket.hearing(node, "me.prompts", "bob");
    TestSocket third = TestSocket.hearing(node, "me.prompts", "ada");
    assertThat(first.closeCode()).isEqualTo(4429);
    node.bus.publish(Channels.PROMPT_RAISED, new PromptRaised("ada", FakeRooms.prompt("p1")));
    assertThat(second.next().getString("address")).isEqualTo("me.prompts");
    assertThat(third.next().getString("address")).isEqualTo("me.prompts");
    other.expectNothingElse();
  }

  @Test
  void a_socket_that_is_gone_counts_no_more() {
    for (int i = 0; i < 3 * EdgeNode.KEYED.socketsPerNode(); i++) {
      TestSocket socket = TestSocket.hearing(node, "me.prompts", "ada" + i);
      socket.close();
    }
    TestSocket.hearing(node, "me.prompts", "ada");
  }

  @Test
  void a_full_node_sends_pages_elsewhere() {
    for (int i = 0; i < EdgeNode.KEYED.socketsPerNode(); i++) {
      TestSocket.open(node).expectNothingElse();
    }
    assertThat(TestSocket.open(node).closeCode()).isEqualTo(1001);
  }

  @Test
  void a_frame_of_more_than_16_kib_ends_the_socket() {
    TestSocket socket = TestSocket.hearing(node, "me.prompts", "ada");
    socket.sendText("{\"type\":\"ping\",\"x\":\"" + "x".repeat(16 * 1024) + "\"}");
    assertThat(socket.closeCode()).isNotZero();
    TestSocket next = TestSocket.hearing(node, "me.prompts", "ada");
    String largest = "{\"type\":\"ping\",\"x\":\"\"}";
    next.sendText(largest.replace("\"\"", '"' + "x".repeat(16 * 1024 - largest.length()) + '"'));
    next.expectNothingElse();
  }

  @Test
  void too_many_messages_end_the_socket() {
    TestSocket socket = TestSocket.open(node);
    for (int i = 0; i < 40; i++) {
      socket.sendText("{\"type\":\"ping\"}");
    }
    assertThat(socket.isOpen()).isTrue();
    socket.sendText("{\"type\":\"ping\"}");
    assertThat(socket.closeCode()).isEqualTo(4429);
  }

  @Test
  void a_page_that_does_not_read_is_cut_and_the_others_go_on() {
    TestSocket slow = TestSocket.hearing(node, "me.prompts", "ada");
    TestSocket other = TestSocket.hearing(node, "me.prompts", "ada");
    slow.pause();
    String text = "x".repeat(60_000);
    for (int i = 0; i < 400; i++) {
      node.bus.publish(Channels.PROMPT_RETRACTED, new PromptRetracted("ada", "p" + i, text));
      other.next();
    }
    slow.resume();
    assertThat(slow.closeCode()).isEqualTo(4429);
    other.expectNothingElse();
  }

  @Test
  void a_stop_lets_requests_finish_and_sends_sockets_elsewhere() {
    TestSocket socket = TestSocket.hearing(node, "me.prompts", "ada");
    Promise<Void> arrived = Promise.promise();
    Promise<Void> commit = Promise.promise();
    node.rooms.answer(
        Channels.RECORD_EVENTS,
        order -> {
          arrived.complete();
          return commit.future().map(done -> FakeRooms.recorded());
        });
    Future<EdgeNode.Response> underWay =
        node.post("/api/telemetry/ingest", "[]").bearer(EdgeNode.SK).start();
    Await.result(arrived.future());

    Future<Void> stopped = node.undeploy();

    assertThat(socket.closeCode()).isEqualTo(1001);
    assertThat(stopped.isComplete()).isFalse();
    commit.complete();
    assertThat(Await.result(underWay).status()).isEqualTo(200);
    Await.result(stopped);
    assertThatThrownBy(() -> RawHttp.exchange(node, "", "GET /api/sdk/config HTTP/1.1"))
        .hasCauseInstanceOf(ConnectException.class);
  }
}
