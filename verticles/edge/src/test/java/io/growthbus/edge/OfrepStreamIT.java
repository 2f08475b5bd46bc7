package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagAnswers;
import io.growthbus.shared.message.FlagsChanged;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Event streams: who may open one, what is told and when, and how one ends. */
class OfrepStreamIT {
  private static final String ALL = "/ofrep/v1/evaluate/flags";
  private static final String STREAM = "/ofrep/v1/stream";
  private static final String WITH_KEY = STREAM + "?key=" + EdgeNode.PK;
  private static final Duration SOON = Duration.ofSeconds(10);

  private final EdgeNode node = new EdgeNode(EdgeNode.KEYED);
  private final AtomicLong revision = new AtomicLong(7);

  OfrepStreamIT() {
    node.rooms.answer(
        Channels.EVALUATE_FLAGS,
        question ->
            Future.succeededFuture(
                new FlagAnswers(
                    revision.get(),
                    Map.of("export", new FlagAnswer(true, "on", "SPLIT", revision.get())))));
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private void change(long to) {
    revision.set(to);
    node.bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(to));
  }

  private static String address(Response bulk) {
    JsonObject stream = bulk.json().getJsonArray("eventStreams").getJsonObject(0);
    assertThat(stream.getString("type")).isEqualTo("sse");
    assertThat(stream.getInteger("inactivityDelaySec")).isEqualTo(120);
    return stream.getJsonObject("endpoint").getString("requestUri");
  }

  private TestStream open(String path, String... headers) {
    TestStream stream = TestStream.open(node, path, headers);
    assertThat(stream.status()).isEqualTo(200);
    assertThat(stream.next()).matches("retry: [1-5]\\d{3}\nid: \\d+");
    return stream;
  }

  @Test
  void a_page_is_given_the_address_with_the_publishable_key_and_is_told_of_a_change() {
    String address = address(node.post(ALL, "{}").bearer(EdgeNode.PK).send());
    assertThat(address).isEqualTo(WITH_KEY);
    TestStream stream = open(address);

    change(8);

    JsonObject event = stream.event();
    assertThat(event)
        .isEqualTo(
            new JsonObject()
                .put("type", "refetchEvaluation")
                .put("etag", "\"8\"")
                .put("lastModified", node.clock.millis() / 1000));
  }

  @Test
  void the_head_says_that_nobody_may_keep_or_collect_it() {
    TestStream stream = open(WITH_KEY, "Origin", EdgeNode.APP);

    assertThat(stream.header("Content-Type")).isEqualTo("text/event-stream");
    assertThat(stream.header("Cache-Control")).isEqualTo("no-store");
    assertThat(stream.header("X-Accel-Buffering")).isEqualTo("no");
    assertThat(stream.header("Access-Control-Allow-Origin")).isEqualTo(EdgeNode.APP);
  }

  @Test
  void a_page_of_a_foreign_origin_gets_none() {
    Response refused = node.get(WITH_KEY).header("Origin", "https://evil.example").send();

    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.json().getString("errorCode")).isEqualTo("GENERAL");
  }

  @Test
  void a_server_is_given_an_address_without_its_key_that_lives_until_the_key_changes() {
    String address = address(node.post(ALL, "{}").bearer(EdgeNode.SK).send());
    assertThat(address).doesNotContain(EdgeNode.SK, "key=").contains("topic=");

    TestStream stream = open(address);
    change(8);
    assertThat(stream.event().getString("etag")).isEqualTo("\"8\"");
    String guess = address.substring(0, address.length() - 22) + "A".repeat(22);
    assertThat(node.get(guess).send().status()).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(strings = {EdgeNode.SK, EdgeNode.AK})
  void a_secret_in_the_address_is_refused(String secret) {
    Response refused = node.get(STREAM + "?key=" + secret).send();

    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.body().toString()).contains("must not stand in an address");
    assertThat(refused.body().toString()).doesNotContain(secret);
    // Nor does another credential make up for it.
    assertThat(node.get(STREAM + "?key=" + secret).bearer(EdgeNode.PK).send().status())
        .isEqualTo(403);
  }

  @Test
  void a_key_that_is_none_opens_none() {
    assertThat(node.get(STREAM).send().status()).isEqualTo(401);
    assertThat(node.get(STREAM + "?key=wrong").send().status()).isEqualTo(401);
    assertThat(node.get(WITH_KEY + "&topic=short").send().status()).isEqualTo(400);
  }

  @Test
  void a_page_of_a_user_is_told_of_that_users_entitlement_and_of_no_others() {
    String ada = address(node.post(ALL, "{}").page("ada").send());
    assertThat(ada).startsWith(WITH_KEY + "&topic=").doesNotContain("ada");
    String bob = address(node.post(ALL, "{}").page("bob").send());
    TestStream hers = open(ada);
    TestStream his = open(bob);
    TestStream nobodys = open(WITH_KEY);

    node.bus.publish(Channels.ENTITLEMENT_CHANGED, new EntitlementChanged("ada", 5));

    assertThat(hers.event().getString("etag")).isEqualTo("\"7\"");
    change(8);
    // Everyone hears of the flags; it is the first that the others hear.
    assertThat(his.event().getString("etag")).isEqualTo("\"8\"");
    assertThat(nobodys.event().getString("etag")).isEqualTo("\"8\"");
    assertThat(hers.event().getString("etag")).isEqualTo("\"8\"");
  }

  @Test
  void nobody_is_told_before_this_node_answers_by_the_new_revision() {
    TestStream stream = open(WITH_KEY);
    AtomicInteger asked = new AtomicInteger();
    node.rooms.answer(
        Channels.EVALUATE_FLAGS,
        question -> {
          // The room reads the new revision while it is asked the third time.
          if (asked.incrementAndGet() == 3) {
            revision.set(8);
          }
          return Future.succeededFuture(new FlagAnswers(asked.get() < 3 ? 7 : 8, Map.of()));
        });

    node.bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(8));

    assertThat(stream.event().getString("etag")).isEqualTo("\"8\"");
    assertThat(asked.get()).isGreaterThanOrEqualTo(3);
  }

  @Test
  void who_comes_back_with_an_older_event_is_told_at_once_and_who_has_the_last_is_not() {
    TestStream late = open(WITH_KEY, "Last-Event-ID", "6");
    TestStream present = open(WITH_KEY, "Last-Event-ID", "7");
    TestStream strange = open(WITH_KEY, "Last-Event-ID", "x");

    assertThat(late.event().getString("etag")).isEqualTo("\"7\"");
    assertThat(strange.event().getString("etag")).isEqualTo("\"7\"");
    assertThat(present.event()).isEqualTo(new JsonObject().put("type", "nothingMissed"));
    change(8);
    assertThat(present.event().getString("etag")).isEqualTo("\"8\"");
  }

  @Test
  void who_comes_back_as_a_user_is_always_told() {
    TestStream back = open(address(node.post(ALL, "{}").page("ada").send()), "Last-Event-ID", "7");

    assertThat(back.event().getString("etag")).isEqualTo("\"7\"");
  }

  @Test
  void who_opens_a_stream_soon_after_a_change_is_told_because_the_answer_may_be_older() {
    TestStream first = open(WITH_KEY);
    change(8);
    first.event();

    assertThat(open(WITH_KEY).event().getString("etag")).isEqualTo("\"8\"");
    first.close();
    node.clock.forward(Duration.ofSeconds(60));
    TestStream later = open(WITH_KEY);
    change(9);
    assertThat(later.event().getString("etag")).isEqualTo("\"9\"");
  }

  @Test
  void a_change_whose_broadcast_was_lost_is_found() {
    TestStream stream = open(WITH_KEY);
    revision.set(8);

    node.clock.forward(Duration.ofSeconds(10));

    assertThat(stream.event().getString("etag")).isEqualTo("\"8\"");
  }

  @Test
  void an_idle_stream_shows_a_sign_of_life() {
    TestStream stream = open(WITH_KEY);
    node.clock.forward(Duration.ofSeconds(14));
    node.clock.forward(Duration.ofSeconds(11));

    assertThat(stream.next()).startsWith(":");
  }

  @Test
  void an_address_and_a_node_have_room_for_so_many_streams() {
    for (int i = 0; i < EdgeNode.KEYED.streamsPerAddress(); i++) {
      open(WITH_KEY);
    }
    Response tooMany = node.get(WITH_KEY).send();
    assertThat(tooMany.status()).isEqualTo(429);
    assertThat(tooMany.header("Retry-After")).isNotNull();
    assertThat(tooMany.json().getString("errorCode")).isEqualTo("GENERAL");

    TestStream other = TestStream.from("127.0.0.2", node, WITH_KEY);
    assertThat(other.status()).isEqualTo(200);
    assertThat(TestStream.from("127.0.0.2", node, WITH_KEY).status()).isEqualTo(200);
    assertThat(TestStream.from("127.0.0.2", node, WITH_KEY).status()).isEqualTo(503);

    other.close();
    Await.until(
        "the place is free again",
        SOON,
        () -> TestStream.from("127.0.0.2", node, WITH_KEY).status() == 200);
  }

  @Test
  void a_stream_opens_without_the_room_and_is_told_when_it_is_back() {
    node.rooms.refuse(
        Channels.EVALUATE_FLAGS,
        new RoomException(ErrorKind.UNAVAILABLE, "room_timeout", "Later."));
    TestStream stream = open(WITH_KEY);
    node.rooms.answer(
        Channels.EVALUATE_FLAGS, question -> Future.succeededFuture(new FlagAnswers(7, Map.of())));

    node.clock.forward(Duration.ofSeconds(10));

    assertThat(stream.event().getString("etag")).isEqualTo("\"7\"");
  }

  @Test
  void a_stop_ends_every_stream_in_good_order() {
    TestStream stream = open(WITH_KEY);

    Await.result(node.undeploy());

    Await.result(stream.ended());
  }

  @Test
  void an_answer_waits_for_the_revision_that_another_node_has_told_of() {
    AtomicInteger asked = new AtomicInteger();
    node.rooms.answer(
        Channels.EVALUATE_FLAGS,
        question ->
            Future.succeededFuture(new FlagAnswers(asked.incrementAndGet() < 3 ? 7 : 8, Map.of())));

    Response answer =
        node.post(ALL + "?flagConfigEtag=%228%22&flagConfigLastModified=1795521600", "{}")
            .bearer(EdgeNode.PK)
            .send();

    assertThat(answer.json().getJsonObject("metadata").getLong("revision")).isEqualTo(8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?flagConfigEtag=%227%22",
        "?flagConfigEtag=W/7&flagConfigLastModified=Thu,%2020%20Feb%202026%2021:28:18%20GMT",
        "?flagConfigEtag=nonsense&flagConfigLastModified=",
        "?flagConfigEtag=-1",
        "?flagConfigEtag=99999999999999999999"
      })
  void what_a_client_says_of_an_event_is_never_wrong(String query) {
    assertThat(node.post(ALL + query, "{}").bearer(EdgeNode.PK).send().status()).isEqualTo(200);
  }
}
