package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.message.ListPendingPrompts;
import io.growthbus.shared.message.PromptRaised;
import io.growthbus.shared.message.PromptRetracted;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hundreds of sockets that do what no page does, beside honest ones. */
class AbusiveSocketsIT {
  private static final int ABUSERS = 200;
  private static final int HONEST = 20;
  private static final Duration CLOSED_WITHIN = Duration.ofSeconds(5);
  private static final Duration PROMPT_WITHIN = Duration.ofSeconds(2);

  private final EdgeNode node = new EdgeNode(EdgeNode.keyed(600));
  private final List<TestSocket> honest = new ArrayList<>();

  @BeforeEach
  void openHonestPages() {
    for (int i = 0; i < HONEST; i++) {
      honest.add(TestSocket.hearing(node, "me.prompts", "honest" + i));
    }
    node.rooms.reset();
    node.rooms.nothingPending();
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private List<TestSocket> abusers() {
    List<Future<TestSocket>> opening = new ArrayList<>();
    for (int i = 0; i < ABUSERS; i++) {
      opening.add(TestSocket.connect(node, "X-Request-Id", "page"));
    }
    return opening.stream().map(Await::result).toList();
  }

  /** All are closed in time, and every honest page gets its prompt meanwhile. */
  private void closedWhilePromptsArrive(List<TestSocket> abusers) {
    promptsArrive("during");
    Await.until(
        "the abusive sockets are closed",
        CLOSED_WITHIN,
        () -> abusers.stream().noneMatch(TestSocket::isOpen));
    promptsArrive("after");
    assertThat(honest).allMatch(TestSocket::isOpen);
  }

  private void promptsArrive(String id) {
    long began = System.nanoTime();
    for (int i = 0; i < HONEST; i++) {
      node.bus.publish(
          Channels.PROMPT_RAISED, new PromptRaised("honest" + i, FakeRooms.prompt(id)));
    }
    List<Long> took = new ArrayList<>();
    for (TestSocket page : honest) {
      assertThat(page.next().getJsonObject("body").getString("prompt_id")).isEqualTo(id);
      took.add(System.nanoTime() - began);
    }
    took.sort(null);
    assertThat(Duration.ofNanos(took.get(HONEST * 95 / 100 - 1))).isLessThan(PROMPT_WITHIN);
  }

  @Test
  void a_thousand_registers_each_end_the_sockets_and_ask_each_user_once() {
    List<TestSocket> abusers = abusers();
    for (int i = 0; i < ABUSERS; i++) {
      String token = node.token("abuser" + i);
      for (int n = 0; n < 1_000; n++) {
        abusers.get(i).register("me.prompts", token);
      }
    }

    closedWhilePromptsArrive(abusers);
    assertThat(node.rooms.asked(ListPendingPrompts.class)).hasSizeLessThanOrEqualTo(ABUSERS);
  }

  @Test
  void thousands_of_different_addresses_are_denied_and_end_the_sockets() {
    List<TestSocket> abusers = abusers();
    String token = node.token("abuser");
    for (int i = 0; i < ABUSERS; i++) {
      for (int n = 0; n < 50; n++) {
        abusers.get(i).register("address." + i + '.' + n, token);
      }
    }

    closedWhilePromptsArrive(abusers);
    assertThat(node.rooms.asked(Object.class)).isEmpty();
  }

  @Test
  void frames_that_are_too_large_end_the_sockets() {
    List<TestSocket> abusers = abusers();
    String large = "{\"type\":\"ping\",\"x\":\"" + "x".repeat(64 * 1024) + "\"}";
    abusers.forEach(abuser -> abuser.sendText(large));

    closedWhilePromptsArrive(abusers);
  }

  @Test
  void sockets_that_belong_to_nobody_are_closed_and_make_room() {
    List<TestSocket> abusers = abusers();
    node.clock.forward(Duration.ofSeconds(50));
    honest.forEach(page -> page.sendText("{\"type\":\"ping\"}"));
    honest.forEach(TestSocket::expectNothingElse);
    node.clock.forward(Duration.ofSeconds(11));

    closedWhilePromptsArrive(abusers);
  }

  @Test
  void readers_that_never_read_are_cut() {
    List<TestSocket> slow = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      TestSocket reader = TestSocket.open(node).register("me.prompts", node.token("slow" + i / 2));
      reader.expectNothingElse();
      reader.pause();
      slow.add(reader);
    }
    String text = "x".repeat(60_000);
    for (int user = 0; user < 5; user++) {
      for (int n = 0; n < 300; n++) {
        node.bus.publish(
            Channels.PROMPT_RETRACTED, new PromptRetracted("slow" + user, "p" + n, text));
      }
    }

    promptsArrive("during");
    slow.forEach(TestSocket::resume);
    for (TestSocket reader : slow) {
      assertThat(reader.closeCode()).isEqualTo(4429);
    }
    promptsArrive("after");
  }

  @Test
  void a_flood_without_a_token_is_closed_without_asking_a_room() {
    List<TestSocket> abusers = abusers();
    JsonObject body = new JsonObject().put("prompt_id", "p").put("action", "shown");
    for (int n = 0; n < 50; n++) {
      abusers.forEach(abuser -> abuser.say("me.prompts.ack", body, "r"));
    }

    closedWhilePromptsArrive(abusers);
    assertThat(node.rooms.asked(Object.class)).isEmpty();
  }
}
