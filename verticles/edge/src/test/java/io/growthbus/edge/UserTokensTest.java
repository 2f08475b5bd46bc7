package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.growthbus.edge.core.Proof;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserTokensTest {
  private static final String SECRET = "0123456789abcdef0123456789abcdef";
  private static final Vertx VERTX = Vertx.vertx();

  private final MovableClock clock = new MovableClock();
  private final UserTokens tokens = new UserTokens(VERTX, new Secret(SECRET), clock);
  private final long nowS = clock.millis() / 1000;

  @AfterAll
  static void stop() {
    Await.result(VERTX.close());
  }

  private JsonObject claims() {
    return new JsonObject().put("sub", "ada").put("exp", nowS + 60);
  }

  private Proof proof(String token) {
    return Await.result(tokens.verify(token));
  }

  private void refused(String token) {
    assertThat(Await.failure(tokens.verify(token)))
        .isInstanceOfSatisfying(
            RoomException.class,
            refusal -> {
              assertThat(refusal.code()).isEqualTo("invalid_token");
              assertThat(refusal.text()).doesNotContain(token.length() < 5 ? "eyJ" : token);
            });
  }

  @Test
  void an_issued_token_proves_its_user_until_it_expires() {
    UserTokens.Issued issued = tokens.issue("ada", Duration.ofMinutes(10));

    assertThat(issued.expiresAtMs()).isEqualTo((nowS + 600) * 1000);
    assertThat(proof(issued.token())).isEqualTo(new Proof("ada", issued.expiresAtMs()));
  }

  @Test
  void a_token_of_the_customers_backend_is_as_good_as_an_issued_one() {
    assertThat(proof(Jwt.hs256(claims().put("aud", "x").put("role", "admin"), SECRET)))
        .isEqualTo(new Proof("ada", (nowS + 60) * 1000));
  }

  @Test
  void a_token_holds_thirty_seconds_longer_than_it_says_because_clocks_differ() {
    String token = Jwt.hs256(claims(), SECRET);
    clock.forward(Duration.ofSeconds(60 + 29));
    assertThat(proof(token).userId()).isEqualTo("ada");
    clock.forward(Duration.ofSeconds(1));
    refused(token);
  }

  @Test
  void a_token_may_not_live_for_more_than_a_day() {
    long day = Duration.ofHours(24).toSeconds();
    assertThat(proof(Jwt.hs256(claims().put("exp", nowS + day + 30), SECRET)).userId())
        .isEqualTo("ada");
    refused(Jwt.hs256(claims().put("exp", nowS + day + 31), SECRET));
    refused(Jwt.hs256(claims().put("exp", 1e300), SECRET));
    refused(Jwt.hs256(claims().put("exp", Long.MAX_VALUE), SECRET));
    refused(Jwt.hs256(claims().put("exp", -1), SECRET));
  }

  @Test
  void a_token_is_not_valid_before_it_says_so() {
    assertThat(proof(Jwt.hs256(claims().put("nbf", nowS + 30), SECRET)).userId()).isEqualTo("ada");
    refused(Jwt.hs256(claims().put("nbf", nowS + 31), SECRET));
    refused(Jwt.hs256(claims().put("nbf", "yesterday"), SECRET));
  }

  @Test
  void a_token_without_subject_or_expiry_is_refused() {
    refused(Jwt.hs256(new JsonObject().put("sub", "ada"), SECRET));
    refused(Jwt.hs256(new JsonObject().put("exp", nowS + 60), SECRET));
    refused(Jwt.hs256(claims().put("sub", ""), SECRET));
    refused(Jwt.hs256(claims().put("sub", 7), SECRET));
    refused(Jwt.hs256(claims().put("exp", String.valueOf(nowS + 60)), SECRET));
    refused(Jwt.hs256(claims().putNull("sub"), SECRET));
  }

  @Test
  void a_user_id_has_at_most_200_characters() {
    String longest = "u".repeat(200);
    assertThat(proof(Jwt.hs256(claims().put("sub", longest), SECRET)).userId()).isEqualTo(longest);
    refused(Jwt.hs256(claims().put("sub", longest + "u"), SECRET));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "NONE", "", "HS256"})
  void a_token_without_signature_is_refused_whatever_its_header_says(String algorithm) {
    refused(Jwt.unsigned(algorithm, claims(), ""));
    refused(Jwt.unsigned(algorithm, claims(), "c2ln"));
  }

  @Test
  void the_algorithm_is_never_taken_from_the_token() {
    String claims = claims().encode();
    refused(Jwt.signed("HS512", "HmacSHA512", claims, SECRET));
    refused(Jwt.signed("HS384", "HmacSHA384", claims, SECRET));
    refused(Jwt.signed("HS512", "HmacSHA256", claims, SECRET));
    refused(Jwt.signed("RS256", "HmacSHA256", claims, SECRET));
    refused(Jwt.signed("none", "HmacSHA256", claims, SECRET));
  }

  @Test
  void another_secret_or_another_body_is_refused() {
    refused(Jwt.hs256(claims(), SECRET.replace('0', '1')));
    String token = Jwt.hs256(claims(), SECRET);
    String forged = Jwt.base64(claims().put("sub", "eve").encode());
    String[] parts = token.split("\\.", -1);
    refused(parts[0] + '.' + forged + '.' + parts[2]);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "a.b.c",
        "eyJhbGciOiJIUzI1NiJ9",
        "eyJ.eyJ.x",
        "\u0000.\u0000.\u0000"
      })
  void what_is_no_token_is_refused_like_a_wrong_one(String text) {
    refused(text);
  }

  @Test
  void claims_that_are_no_object_are_refused() {
    refused(Jwt.signed("HS256", "HmacSHA256", "[]", SECRET));
    refused(Jwt.signed("HS256", "HmacSHA256", "null", SECRET));
    refused(Jwt.signed("HS256", "HmacSHA256", "not json", SECRET));
  }

  @Test
  void a_token_of_more_than_4096_characters_is_not_even_looked_at() {
    refused(Jwt.hs256(claims().put("padding", "x".repeat(4_096)), SECRET));
  }

  @Test
  void without_a_secret_nobody_is_proven_and_nobody_is_refused_for_good() {
    UserTokens without = new UserTokens(VERTX, null, clock);

    assertThatThrownBy(() -> without.issue("ada", Duration.ofMinutes(1)))
        .isInstanceOf(RoomException.class)
        .extracting(refusal -> ((RoomException) refusal).kind())
        .isEqualTo(ErrorKind.UNAVAILABLE);
    Throwable failure =
        Await.failure(without.verify(tokens.issue("ada", Duration.ofMinutes(1)).token()));
    assertThat(((RoomException) failure).code()).isEqualTo("store_unavailable");
  }
}
