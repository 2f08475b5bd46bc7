package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.ReceiveWebhook;
import io.growthbus.shared.message.ResolveEntitlement;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Entitlements, deliveries of a billing system, and the demo that plays one. */
class BillingRoutesIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.KEYED);
  private static final EdgeNode OPEN = new EdgeNode(EdgeNode.OPEN);

  @BeforeEach
  void forget() {
    NODE.rooms.reset();
    OPEN.rooms.reset();
  }

  @AfterAll
  static void stop() {
    NODE.close();
    OPEN.close();
  }

  @Test
  void an_entitlement_is_said_as_the_room_knows_it() {
    Response response = NODE.get("/api/billing/entitlements/ada").page("ada").send();
    assertThat(NODE.rooms.onlyAsked(ResolveEntitlement.class).userId()).isEqualTo("ada");
    assertThat(response.json())
        .isEqualTo(
            new JsonObject(
                """
                {"user_id":"ada","tier":"pro","limits":{"api_calls":10000},"unlimited":["seats"],
                 "features":["advanced_export"],"usage":{},"last_sync":1700000000000,
                 "state":"grace","reason":"renewal_pending","grace_until":1700000100000,
                 "expires_at":null,"revision":5}"""));
    assertThat(response.header("Cache-Control")).isEqualTo("private, no-cache");
  }

  @Test
  void a_user_id_of_the_path_is_decoded_once() {
    NODE.get("/api/billing/entitlements/a%2Fb%20%2525c%2Bd").bearer(EdgeNode.SK).send();
    assertThat(NODE.rooms.onlyAsked(ResolveEntitlement.class).userId()).isEqualTo("a/b %25c+d");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1700000000000",
        "2023-11-14T22:13:20Z",
        "2023-11-14T22:13:20.000Z",
        "2023-11-14T23:13:20%2B01:00"
      })
  void the_secret_key_and_operators_ask_what_was_the_case_at_a_moment(String at) {
    for (String key : List.of(EdgeNode.SK, EdgeNode.AK)) {
      NODE.rooms.reset();
      NODE.rooms.answer(
          Channels.RESOLVE_ENTITLEMENT,
          question -> Future.succeededFuture(was(1_700_000_000_000L)));
      Response response = NODE.get("/api/billing/entitlements/ada?at=" + at).bearer(key).send();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.json().getLong("at")).isEqualTo(1_700_000_000_000L);
      assertThat(response.json().getString("tier")).isEqualTo("pro");
      assertThat(NODE.rooms.onlyAsked(ResolveEntitlement.class))
          .isEqualTo(new ResolveEntitlement("ada", 1_700_000_000_000L));
    }
  }

  private static Entitlement was(@Nullable Long atMs) {
    return new Entitlement(
        "ada",
        "pro",
        Map.of(),
        List.of(),
        List.of(),
        1_700_000_100_000L,
        Entitlement.State.FRESH,
        "active",
        null,
        null,
        5,
        atMs);
  }

  @Test
  void nobody_asks_about_the_past_of_a_user_with_the_token_of_a_page() {
    assertThat(NODE.get("/api/billing/entitlements/ada?at=5").page("ada").send().status())
        .isEqualTo(403);
    assertThat(NODE.get("/api/billing/entitlements/ada?at=5").bearer(EdgeNode.PK).send().status())
        .isEqualTo(403);
    assertThat(NODE.get("/api/billing/entitlements/ada").bearer(EdgeNode.AK).send().status())
        .isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yesterday",
        "-1",
        "1e12",
        "2023-11-14",
        "2023-11-14T22:13:20",
        "9999999999999999"
      })
  void a_moment_that_is_none_is_refused(String at) {
    Response response =
        NODE.get("/api/billing/entitlements/ada?at=" + at).bearer(EdgeNode.SK).send();
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.json().getString("code")).isEqualTo("invalid_moment");
  }

  @Test
  void the_past_is_not_guessed_when_it_cannot_be_read_or_a_node_does_not_know_the_question() {
    NODE.rooms.refuse(
        Channels.RESOLVE_ENTITLEMENT,
        new RoomException(ErrorKind.UNAVAILABLE, "store_unavailable", "Later."));
    Response down = NODE.get("/api/billing/entitlements/ada?at=5").bearer(EdgeNode.SK).send();
    assertThat(down.status()).isEqualTo(503);

    NODE.rooms.reset();
    NODE.rooms.answer(Channels.RESOLVE_ENTITLEMENT, question -> Future.succeededFuture(was(null)));
    Response old = NODE.get("/api/billing/entitlements/ada?at=5").bearer(EdgeNode.SK).send();
    assertThat(old.status()).isEqualTo(503);
    assertThat(old.json().getString("code")).isEqualTo("upgrade_under_way");
  }

  @Test
  void an_entitlement_that_cannot_be_read_is_the_free_tier_and_says_so() {
    NODE.rooms.refuse(
        Channels.RESOLVE_ENTITLEMENT,
        new RoomException(ErrorKind.UNAVAILABLE, "store_unavailable", "Later."));
    Response response = NODE.get("/api/billing/entitlements/ada").bearer(EdgeNode.SK).send();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.json())
        .isEqualTo(
            new JsonObject(
                """
                {"user_id":"ada","tier":"free","limits":{"api_calls":100},"unlimited":[],
                 "features":[],"usage":{},"last_sync":0,"state":"fallback","reason":"unknown",
                 "grace_until":null,"expires_at":null,"revision":0}"""));
  }

  @Test
  void a_delivery_reaches_the_room_byte_by_byte_with_its_signature() {
    byte[] body = {'{', (byte) 0xff, 0, ' ', '}'};
    Response response =
        NODE.call("POST", "/api/billing/webhooks/stripe")
            .body(Buffer.buffer(body))
            .header("Stripe-Signature", "t=1,v1=ab")
            .send();
    assertThat(response.json())
        .isEqualTo(new JsonObject().put("received", true).put("outcome", "applied"));
    ReceiveWebhook delivery = NODE.rooms.onlyAsked(ReceiveWebhook.class);
    assertThat(delivery.body()).isEqualTo(body);
    assertThat(delivery.provider()).isEqualTo("stripe");
    assertThat(delivery.headers()).isEqualTo(Map.of("stripe-signature", "t=1,v1=ab"));
    assertThat(delivery.receivedAtMs()).isEqualTo(NODE.clock.millis());
  }

  @Test
  void compressed_deliveries_are_not_touched_because_the_signature_is_over_what_was_sent() {
    byte[] body = BodyReaderTest.gzip(new byte[] {'{', '}'});
    NODE.call("POST", "/api/billing/webhooks/stripe")
        .body(Buffer.buffer(body))
        .header("Content-Encoding", "gzip")
        .send();
    assertThat(NODE.rooms.onlyAsked(ReceiveWebhook.class).body()).isEqualTo(body);
    assertThat(NODE.rooms.onlyAsked(ReceiveWebhook.class).headers()).isEmpty();
  }

  @Test
  void the_demos_upgrade_goes_the_way_of_a_signed_delivery() {
    Response response = OPEN.post("/demo/api/upgrade", "{\"user_id\":\"ada\"}").send();
    assertThat(response.status()).isEqualTo(200);
    ReceiveWebhook delivery = OPEN.rooms.onlyAsked(ReceiveWebhook.class);
    long now = OPEN.clock.millis() / 1000;
    String text = now + "." + new String(delivery.body(), StandardCharsets.UTF_8);
    assertThat(delivery.headers().get("stripe-signature"))
        .isEqualTo(
            "t="
                + now
                + ",v1="
                + HexFormat.of().formatHex(Jwt.hmac("HmacSHA256", text, "whsec_demo")));
    JsonObject event = new JsonObject(Buffer.buffer(delivery.body()));
    assertThat(event.getString("id")).isEqualTo(response.json().getString("event_id"));
    assertThat(event.getString("type")).isEqualTo("customer.subscription.created");
    assertThat(
            event.getJsonObject("data").getJsonObject("object").getJsonObject("metadata").getMap())
        .isEqualTo(Map.of("user_id", "ada", "tier", "pro"));
  }

  @Test
  void an_upgrade_that_was_not_stored_may_be_tried_again() {
    OPEN.rooms.refuse(
        Channels.RECEIVE_WEBHOOK, new RoomException(ErrorKind.UNAVAILABLE, "x", "Later."));
    Response response = OPEN.post("/demo/api/upgrade", "{\"user_id\":\"ada\"}").send();
    assertThat(response.status()).isEqualTo(503);
    assertThat(response.code()).isEqualTo("upgrade_not_delivered");
  }

  @Test
  void an_open_nodes_start_page_leads_to_the_demo() {
    assertThat(OPEN.get("/").send().header("Location")).isEqualTo("/demo/");
    assertThat(OPEN.get("/demo").send().header("Location")).isEqualTo("/demo/");
  }
}
