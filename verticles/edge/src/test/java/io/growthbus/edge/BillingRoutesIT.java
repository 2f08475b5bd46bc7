package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.ReceiveWebhook;
import io.growthbus.shared.message.ResolveEntitlement;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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
