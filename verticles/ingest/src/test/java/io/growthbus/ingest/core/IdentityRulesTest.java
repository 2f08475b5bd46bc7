package io.growthbus.ingest.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.core.IdentityClaim.IllegalId;
import io.growthbus.ingest.core.IdentityClaim.Join;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityRulesTest {
  private static Optional<IdentityClaim> claim(
      String name,
      @Nullable String userId,
      @Nullable String anonymousId,
      @Nullable String previousId,
      boolean verified) {
    return IdentityRules.claim(
        new TelemetryEvent(
            0,
            new UUID(0, 1),
            "1.0.0",
            userId,
            null,
            anonymousId,
            null,
            1,
            name,
            "{}",
            Set.of(),
            null,
            1),
        previousId,
        verified);
  }

  @Test
  void identify_joins_the_anonymous_id_and_alias_the_previous_one() {
    assertThat(claim("$identify", "ada", "a1", null, true))
        .contains(new Join("a1", "ada", "/anonymous_id"));
    assertThat(claim("$alias", "ada", "a1", "p1", true))
        .contains(new Join("p1", "ada", "/properties/previousId"));
    assertThat(claim("$alias", "ada", "a1", null, true))
        .contains(new Join("a1", "ada", "/anonymous_id"));
  }

  @Test
  void an_event_of_another_name_or_without_a_proven_user_joins_nothing() {
    assertThat(claim("clicked", "ada", "a1", null, true)).isEmpty();
    assertThat(claim("$identify", "ada", "a1", null, false)).isEmpty();
    assertThat(claim("$identify", null, "a1", null, false)).isEmpty();
    assertThat(claim("$identify", "ada", null, null, true)).isEmpty();
    assertThat(claim("$identify", "ada", "ada", null, true)).isEmpty();
  }

  @Test
  void an_id_that_was_scrubbed_or_is_too_long_joins_nothing() {
    assertThat(claim("$alias", "ada", null, "[email]", true)).isEmpty();
    assertThat(claim("$alias", "ada", null, "x".repeat(201), true)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "NULL",
        "undefined",
        "None",
        "guest",
        "Anonymous",
        "0",
        "true",
        "false",
        "NaN",
        "[object Object]",
        " ",
        "\"undefined\"",
        "'null'",
        "distinct_id",
        "distinctId",
        "id",
        "email",
        "not_authenticated"
      })
  void an_id_that_stands_for_nobody_in_particular_is_illegal(String id) {
    assertThat(claim("$identify", "ada", id, null, true)).contains(new IllegalId("/anonymous_id"));
    assertThat(claim("$identify", id, "a1", null, false)).contains(new IllegalId("/user_id"));
    assertThat(claim("$alias", "ada", null, id, true))
        .contains(new IllegalId("/properties/previousId"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"00", "nullable", "guest1", "anonymous-7", "id1", "1", "\""})
  void an_id_that_only_looks_alike_is_legal(String id) {
    assertThat(IdentityRules.isIllegal(id)).isFalse();
  }
}
