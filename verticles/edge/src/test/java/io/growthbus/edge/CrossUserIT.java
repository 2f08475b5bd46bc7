package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Call;
import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.message.AcknowledgePrompt;
import io.growthbus.shared.message.CheckEntitlement;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.ListPendingPrompts;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.message.ResolveEntitlement;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every way to say who one is, against every route and every bus address that takes a user, for
 * every way to spell a user: only one's own id, proven by a token that holds, opens anything.
 */
class CrossUserIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.KEYED);
  private static final String ADA = "ada";

  /** A key that an attacker may take for the secret: what a verifier publishes. */
  private static final String PUBLIC_KEY =
      "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL\n-----END PUBLIC KEY-----\n";

  @BeforeEach
  void forget() {
    NODE.rooms.reset();
  }

  @AfterAll
  static void stop() {
    NODE.close();
  }

  /** What a caller shows. */
  private enum Proof {
    NONE(false),
    OWN(true),
    OTHERS(true),
    EXPIRED(false),
    ALG_NONE(false),
    ALG_CONFUSED(false),
    UNKNOWN_KEY_ID(false),
    FORGED(false),
    TWO_SUBJECTS(false);

    private final boolean valid;

    Proof(boolean valid) {
      this.valid = valid;
    }

    /** The user that it proves; null for none. */
    @Nullable String user() {
      return valid ? (this == OWN ? ADA : "bob") : null;
    }

    @Nullable String token() {
      JsonObject claims =
          new JsonObject().put("sub", ADA).put("exp", NODE.clock.millis() / 1000 + 600);
      return switch (this) {
        case NONE -> null;
        case OWN -> NODE.token(ADA);
        case OTHERS -> NODE.token("bob");
        case EXPIRED -> NODE.token(ADA, Duration.ofSeconds(-31));
        case ALG_NONE -> Jwt.unsigned("none", claims, "");
        case ALG_CONFUSED -> Jwt.signed("RS256", "HmacSHA256", claims.encode(), PUBLIC_KEY);
        case UNKNOWN_KEY_ID ->
            Jwt.base64("{\"alg\":\"HS256\",\"kid\":\"../../etc/passwd\"}")
                + '.'
                + Jwt.hs256(claims, "another secret of thirty-two chars").split("\\.", 2)[1];
        case FORGED ->
            NODE.token("bob").replaceFirst("\\.[^.]+\\.", '.' + Jwt.base64(claims.encode()) + '.');
        case TWO_SUBJECTS ->
            Jwt.hs256(
                claims.put("sub", new JsonArray().add(ADA).add("bob")), EdgeNode.TOKEN_SECRET);
      };
    }
  }

  /** How the id is spelled whose things are wanted. */
  private enum Spelling {
    OWN("\"ada\"", "ada"),
    OTHER("\"carol\"", "carol"),
    PARENT("\"../ada\"", "..%2Fada"),
    SLASH("\"carol/../ada\"", "carol%2F..%2Fada"),
    DOUBLE("\"%61da\"", "%2561da"),
    CASE("\"Ada\"", "Ada"),
    SPACE("\"ada \"", "ada%20"),
    NULL_BYTE("\"ada\\u0000\"", "ada%00"),
    ARRAY("[\"ada\"]", "%5B%22ada%22%5D"),
    OBJECT("{\"$eq\":\"ada\"}", "%7B%7D");

    private final String text;
    private final String path;

    Spelling(String text, String path) {
      this.text = text;
      this.path = path;
    }

    /** As a body says it. */
    Object json() {
      return Json.decodeValue(text);
    }
  }

  /** A route that takes a user. */
  private enum Route {
    ENTITLEMENT,
    CHECK,
    FLAG,
    EVENTS,
    PROMPTS,
    ACKNOWLEDGE,
    ERASE,
    EXPORT,
    EVALUATE,
    TOKEN,
    CONSUME,
    ADMIN_USER;

    Call call(Spelling id) {
      JsonObject user = new JsonObject().put("user_id", id.json());
      return switch (this) {
        case ENTITLEMENT -> NODE.get("/api/billing/entitlements/" + id.path);
        case CHECK -> NODE.post("/api/entitlements/check", user.put("feature", "export").encode());
        case FLAG ->
            NODE.post(
                "/ofrep/v1/evaluate/flags/export",
                new JsonObject()
                    .put("context", new JsonObject().put("targetingKey", id.json()))
                    .encode());
        case EVENTS ->
            NODE.post(
                "/api/telemetry/ingest",
                new JsonObject().put("batch", new JsonArray().add(user)).encode());
        case PROMPTS -> NODE.get("/api/prompts?user_id=" + id.path);
        case ACKNOWLEDGE -> NODE.post("/api/prompts/p1/shown?user_id=" + id.path, user.encode());
        case ERASE -> NODE.call("DELETE", "/api/users/" + id.path);
        case EXPORT -> NODE.get("/api/users/" + id.path + "/export");
        case EVALUATE -> NODE.post("/api/flags/evaluate", user.encode());
        case TOKEN -> NODE.post("/api/auth/user-token", user.encode());
        case CONSUME ->
            NODE.post(
                "/api/entitlements/consume",
                user.put("feature", "exports").put("event_id", "k1").encode());
        case ADMIN_USER -> NODE.get("/api/admin/events?user_id=" + id.path);
      };
    }
  }

  static Stream<Arguments> cells() {
    return Arrays.stream(Route.values())
        .flatMap(
            route ->
                Arrays.stream(Proof.values())
                    .flatMap(
                        proof ->
                            Arrays.stream(Spelling.values())
                                .map(id -> Arguments.of(route, proof, id))));
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("cells")
  void only_a_token_that_holds_opens_what_is_its_owners(Route route, Proof proof, Spelling id) {
    Call call = route.call(id).header("X-API-Key", EdgeNode.PK);
    String token = proof.token();
    Response answer = (token == null ? call : call.bearer(token)).send();

    if (token != null && proof.user() == null) {
      assertThat(answer.status()).isEqualTo(401);
      assertThat(NODE.rooms.asked(Object.class)).isEmpty();
      return;
    }
    boolean own = proof.user() != null && proof.user().equals(id.json());
    switch (route) {
      case ENTITLEMENT, CHECK -> {
        if (own) {
          assertThat(answer.status()).isEqualTo(200);
        } else if (proof.user() == null) {
          assertThat(answer.status()).isEqualTo(403);
        } else {
          assertThat(answer.status()).isIn(400, 404);
        }
        assertThat(users()).allMatch(ADA::equals);
        assertThat(users().isEmpty()).isEqualTo(!own);
      }
      // The answer of a flag is for any key, its facts for the proven user only.
      case FLAG ->
          assertThat(NODE.rooms.asked(EvaluateFlag.class))
              .allSatisfy(asked -> assertThat(asked.unproven()).isEqualTo(!own));
      // Whose events count is decided by what is proven, never by what they say.
      case EVENTS ->
          assertThat(NODE.rooms.onlyAsked(RecordEvents.class))
              .satisfies(order -> assertThat(order.verifiedUserId()).isEqualTo(proof.user()))
              .satisfies(order -> assertThat(order.trusted()).isFalse());
      case PROMPTS, ACKNOWLEDGE -> {
        if (proof.user() == null) {
          assertThat(answer.status()).isEqualTo(403);
        }
        assertThat(users()).allMatch(user -> user.equals(proof.user()));
      }
      case ERASE, EXPORT, EVALUATE, TOKEN, CONSUME, ADMIN_USER -> {
        assertThat(answer.status()).isEqualTo(403);
        assertThat(NODE.rooms.asked(Object.class)).isEmpty();
      }
    }
  }

  /** Users for whom a room was asked. */
  private static List<String> users() {
    List<String> users = new ArrayList<>();
    NODE.rooms.asked(ResolveEntitlement.class).forEach(asked -> users.add(asked.userId()));
    NODE.rooms.asked(CheckEntitlement.class).forEach(asked -> users.add(asked.userId()));
    NODE.rooms.asked(ListPendingPrompts.class).forEach(asked -> users.add(asked.userId()));
    NODE.rooms.asked(AcknowledgePrompt.class).forEach(asked -> users.add(asked.userId()));
    return users;
  }

  static Stream<Arguments> frames() {
    List<String> addresses =
        new ArrayList<>(List.of("me.prompts", "me.entitlements", "public.flags"));
    for (Spelling id : Spelling.values()) {
      addresses.add("me.prompts." + id.path);
      addresses.add("user." + id.path.toLowerCase(Locale.ROOT) + ".prompts");
    }
    addresses.addAll(List.of("growthbus.activation.pending", "__vertx.reply.1", "me.*", ".*"));
    return addresses.stream()
        .flatMap(
            address -> Arrays.stream(Proof.values()).map(proof -> Arguments.of(address, proof)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("frames")
  void a_socket_hears_fixed_aliases_of_the_proven_user_and_nothing_else(
      String address, Proof proof) {
    TestSocket socket = TestSocket.open(NODE);
    try {
      NODE.rooms.nothingPending();
      String token = proof.token();
      JsonObject frame =
          new JsonObject().put("type", "register").put("address", address).put("user_id", ADA);
      socket.send(
          token == null
              ? frame
              : frame.put("headers", new JsonObject().put("authorization", "Bearer " + token)));

      boolean alias = List.of("me.prompts", "me.entitlements", "public.flags").contains(address);
      if (!alias) {
        TestSocket.isError(socket.next(), "access_denied");
      } else if (proof.user() == null) {
        TestSocket.isError(socket.next(), "not_logged_in");
      }
      socket.expectNothingElse();
      assertThat(users()).allMatch(user -> user.equals(proof.user()));
    } finally {
      socket.close();
    }
  }

  static Stream<Arguments> acknowledgements() {
    return Arrays.stream(Proof.values())
        .flatMap(proof -> Arrays.stream(Spelling.values()).map(id -> Arguments.of(proof, id)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("acknowledgements")
  void what_a_socket_acknowledges_is_the_proven_users_whatever_it_says(Proof proof, Spelling id) {
    TestSocket socket = TestSocket.open(NODE);
    try {
      NODE.rooms.nothingPending();
      String token = proof.token();
      socket.register("public.flags", token == null ? "" : token);
      if (proof.user() == null) {
        TestSocket.isError(socket.next(), "not_logged_in");
      }
      socket.say(
          "me.prompts.ack",
          new JsonObject().put("prompt_id", "p1").put("action", "shown").put("user_id", id.json()),
          "r");

      if (proof.user() == null) {
        TestSocket.isError(socket.next(), "not_logged_in");
        assertThat(NODE.rooms.asked(Object.class)).isEmpty();
      } else {
        assertThat(socket.next().getString("type")).isEqualTo("rec");
        assertThat(NODE.rooms.onlyAsked(AcknowledgePrompt.class).userId()).isEqualTo(proof.user());
      }
    } finally {
      socket.close();
    }
  }
}
