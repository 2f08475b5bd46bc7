package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.CheckEntitlement;
import io.growthbus.shared.message.DeleteOverride;
import io.growthbus.shared.message.OverrideSubject;
import io.growthbus.shared.message.OverrideSubject.Kind;
import io.growthbus.shared.message.PutAccountMember;
import io.growthbus.shared.message.PutOverride;
import io.growthbus.shared.message.ReadOverride;
import io.growthbus.shared.message.SettleReservation;
import io.growthbus.shared.message.UseEntitlement;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks, the ledger, overrides and members, as HTTP says them. */
class EntitlementRoutesIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.KEYED);
  private static final String CHECK = "/api/entitlements/check";
  private static final String CONSUME = "/api/entitlements/consume";
  private static final String RESERVATIONS = "/api/entitlements/reservations";

  @BeforeEach
  void forget() {
    NODE.rooms.reset();
  }

  @AfterAll
  static void stop() {
    NODE.close();
  }

  private static Response server(String method, String path, String body) {
    return NODE.call(method, path).body(Buffer.buffer(body)).bearer(EdgeNode.SK).send();
  }

  private static EdgeNode.Call operator(String method, String path, String body) {
    return NODE.call(method, path).body(Buffer.buffer(body)).bearer(EdgeNode.AK);
  }

  @Test
  void a_verdict_is_said_as_the_room_gave_it() {
    Response answer =
        server("POST", CHECK, "{\"user_id\":\"ada\",\"meter\":\"api_calls\",\"amount\":3}");

    assertThat(NODE.rooms.onlyAsked(CheckEntitlement.class))
        .isEqualTo(new CheckEntitlement("ada", null, "api_calls", 3L));
    assertThat(answer.json())
        .isEqualTo(
            new JsonObject(
                """
                {"user_id":"ada","meter":"api_calls","allowed":false,"limit":100,"used":99.5,"remaining":0.5,
                 "resets_at":1798000000000,"over_limit":false,"state":"fresh","reason":"limit_reached",
                 "unlock":{"tier":"pro","limit":null}}"""));
    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
  }

  @Test
  void a_page_checks_for_its_own_user_named_or_not() {
    NODE.post(CHECK, "{\"feature\":\"export\"}").page("ada").send();
    NODE.post(CHECK, "{\"user_id\":\"ada\",\"feature\":\"export\"}").page("ada").send();

    assertThat(NODE.rooms.asked(CheckEntitlement.class))
        .containsExactly(
            new CheckEntitlement("ada", "export", null, 1L),
            new CheckEntitlement("ada", "export", null, 1L));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"feature\":\"export\"} | invalid_field",
        "{\"user_id\":\"ada\"} | invalid_check",
        "{\"user_id\":\"ada\",\"feature\":\"a\",\"meter\":\"b\"} | invalid_check",
        "{\"user_id\":\"ada\",\"feature\":\"a\",\"amount\":-1} | invalid_field",
        "{\"user_id\":\"ada\",\"feature\":\"a\",\"amount\":1.5} | invalid_field",
        "{\"user_id\":\"ada\",\"feature\":\"a\",\"tier\":\"pro\"} | unknown_field",
        "[] | invalid_json"
      })
  void a_question_that_is_wrong_reaches_no_room(String body, String code) {
    Response answer = server("POST", CHECK, body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.code()).isEqualTo(code);
    assertThat(NODE.rooms.asked(Object.class)).isEmpty();
  }

  @Test
  void an_order_is_used_at_once_or_held_for_a_while() {
    String order = "{\"user_id\":\"ada\",\"feature\":\"exports\",\"amount\":4,\"event_id\":\"k1\"";
    Response used = server("POST", CONSUME, order + "}");
    Response held = server("POST", RESERVATIONS, order + ",\"ttl_s\":60}");

    assertThat(NODE.rooms.asked(UseEntitlement.class))
        .containsExactly(
            new UseEntitlement("ada", "exports", 4, "k1", null),
            new UseEntitlement("ada", "exports", 4, "k1", 60_000L));
    assertThat(used.json())
        .isEqualTo(
            new JsonObject(
                """
                {"user_id":"ada","feature":"exports","granted":true,"amount":4,"limit":10,"used":4,
                 "remaining":6,"resets_at":null,"over_limit":false,"unlock":null}"""));
    assertThat(held.json().getString("id")).isEqualTo(FakeRooms.PROMPT_ID);
    assertThat(held.json().getLong("expires_at")).isEqualTo(1_795_530_060_000L);
    assertThat(server("POST", CONSUME, order + ",\"ttl_s\":60}").code()).isEqualTo("unknown_field");
  }

  @Test
  void a_key_that_was_used_for_something_else_is_a_conflict() {
    NODE.rooms.refuse(
        Channels.USE_ENTITLEMENT, new RoomException(ErrorKind.CONFLICT, "key_reused", "Other."));
    Response answer =
        server("POST", CONSUME, "{\"user_id\":\"ada\",\"feature\":\"a\",\"event_id\":\"k\"}");

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.code()).isEqualTo("key_reused");
  }

  @Test
  void a_reservation_is_confirmed_whole_or_in_part_or_released() {
    String one = RESERVATIONS + "/" + FakeRooms.PROMPT_ID;
    server("POST", one + "/confirm", "");
    server("POST", one + "/confirm", "{\"amount\":0}");
    server("POST", one + "/release", "{}");

    assertThat(NODE.rooms.asked(SettleReservation.class))
        .containsExactly(
            new SettleReservation(FakeRooms.PROMPT_ID, true, null),
            new SettleReservation(FakeRooms.PROMPT_ID, true, 0L),
            new SettleReservation(FakeRooms.PROMPT_ID, false, null));
    assertThat(server("POST", one + "/release", "{\"amount\":1}").code())
        .isEqualTo("unknown_field");
  }

  @Test
  void an_override_is_read_with_a_tag_that_a_change_can_expect() {
    Response answer = operator("GET", "/api/admin/overrides/ada", "").send();
    assertThat(NODE.rooms.onlyAsked(ReadOverride.class).subject())
        .isEqualTo(new OverrideSubject(Kind.USER, "ada"));
    assertThat(answer.json())
        .isEqualTo(
            new JsonObject()
                .put("user_id", "ada")
                .put("revision", 7)
                .put("changed_at", 1_795_530_000_000L)
                .put("override", new JsonObject(FakeRooms.OVERRIDE)));

    String tag = Objects.requireNonNull(answer.header("ETag"));
    operator("PUT", "/api/admin/overrides/ada", "{\"tier\":\"pro\"}")
        .header("If-Match", tag)
        .send();
    assertThat(NODE.rooms.onlyAsked(PutOverride.class))
        .isEqualTo(
            new PutOverride(
                new OverrideSubject(Kind.USER, "ada"), "{\"tier\":\"pro\"}", "operator", 7L));
  }

  @Test
  void a_user_may_be_called_accounts_and_an_account_is_no_user() {
    operator("DELETE", "/api/admin/overrides/accounts", "").send();
    operator("DELETE", "/api/admin/overrides/accounts/a%2Fb", "").send();

    assertThat(NODE.rooms.asked(DeleteOverride.class))
        .extracting(DeleteOverride::subject)
        .containsExactly(
            new OverrideSubject(Kind.USER, "accounts"), new OverrideSubject(Kind.ACCOUNT, "a/b"));
  }

  @Test
  void another_revision_is_412() {
    NODE.rooms.refuse(
        Channels.PUT_OVERRIDE,
        new RoomException(ErrorKind.CONFLICT, "revision_mismatch", "Changed."));

    assertThat(operator("PUT", "/api/admin/overrides/ada", "{}").send().status()).isEqualTo(412);
  }

  @Test
  void members_come_and_go_by_the_customers_server() {
    server("PUT", "/api/accounts/acme/members/ada", "");
    Response left = server("DELETE", "/api/accounts/acme/members/ada", "");

    assertThat(NODE.rooms.asked(PutAccountMember.class))
        .containsExactly(
            new PutAccountMember("acme", "ada", true), new PutAccountMember("acme", "ada", false));
    assertThat(left.json().getBoolean("member")).isFalse();
    assertThat(server("PUT", "/api/accounts/acme/members/a%00", "").code())
        .isEqualTo("invalid_user_id");
  }

  @Test
  void plans_say_what_they_cost_and_may_be_kept_by_a_cdn() {
    Response plans = NODE.get("/api/billing/plans").bearer(EdgeNode.PK).send();

    assertThat(plans.header("Cache-Control")).isEqualTo("public, max-age=300");
    JsonArray tiers = plans.json().getJsonArray("tiers");
    assertThat(tiers.getJsonObject(0).getJsonArray("prices")).isEmpty();
    assertThat(tiers.getJsonObject(1).getJsonArray("prices"))
        .isEqualTo(
            new JsonArray()
                .add(
                    new JsonObject()
                        .put("amount", 1_900)
                        .put("currency", "EUR")
                        .put("interval", "month")));
    assertThat(
            NODE.get("/api/billing/plans")
                .bearer(EdgeNode.PK)
                .header("If-None-Match", Objects.requireNonNull(plans.header("ETag")))
                .send()
                .status())
        .isEqualTo(304);
  }
}
