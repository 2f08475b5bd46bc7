package io.growthbus.ingest.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.core.ConsentStatement.State;
import io.growthbus.ingest.core.EventVerdict.Accepted;
import io.growthbus.ingest.core.EventVerdict.ConsentMissing;
import io.growthbus.ingest.core.EventVerdict.Rejected;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Identity;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.settings.Problems;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventRulesTest {
  private static final long NOW = 1_764_000_000_000L;
  private static final long OLDEST = NOW - Duration.ofDays(30).toMillis();
  private static final long FURTHEST = NOW + Duration.ofHours(24).toMillis();

  private static GrowthConfig config(Identity identity, boolean consentRequired) {
    Problems problems = new Problems();
    GrowthConfig config =
        GrowthConfigReader.read(
            """
            {
              "telemetry": {"events": [
                {"name": "invited", "required_properties": ["role", "a/b~c"]}
              ]},
              "consent": {"required": %s},
              "identity": "%s"
            }
            """
                .formatted(consentRequired, identity == Identity.OPEN ? "open" : "verified"),
            problems);
    assertThat(problems.errors()).isEmpty();
    return config;
  }

  private static final GrowthConfig OPEN = config(Identity.OPEN, false);
  private static final GrowthConfig VERIFIED = config(Identity.VERIFIED, false);
  private static final GrowthConfig CONSENT = config(Identity.OPEN, true);

  private static TelemetryEvent event(
      long timestampMs,
      @Nullable String userId,
      String name,
      Set<String> properties,
      @Nullable ConsentStatement consent) {
    UUID id = new UUID(0, 1);
    return new TelemetryEvent(
        0,
        id,
        "1.0.0",
        userId,
        null,
        null,
        null,
        timestampMs,
        name,
        "{}",
        properties,
        consent,
        100);
  }

  private static TelemetryEvent at(long timestampMs) {
    return event(timestampMs, "u1", "clicked", Set.of(), null);
  }

  private static TelemetryEvent of(@Nullable String userId) {
    return event(NOW, userId, "clicked", Set.of(), null);
  }

  private static TelemetryEvent consenting(@Nullable ConsentStatement consent) {
    return event(NOW, "u1", "clicked", Set.of(), consent);
  }

  private static EventVerdict decide(TelemetryEvent event) {
    return EventRules.decide(event, OPEN, null, true, NOW);
  }

  private static Rejected rejection(EventVerdict verdict) {
    assertThat(verdict).isInstanceOf(Rejected.class);
    return (Rejected) verdict;
  }

  @Test
  void an_event_of_exactly_30_days_is_accepted_and_an_older_one_is_not() {
    assertThat(decide(at(OLDEST))).isInstanceOf(Accepted.class);

    for (long tooOld : new long[] {OLDEST - 1, 0, -1, Long.MIN_VALUE}) {
      Rejected rejected = rejection(decide(at(tooOld)));
      assertThat(rejected.code()).isEqualTo("timestamp_too_old");
      assertThat(rejected.pointer()).isEqualTo("/timestamp");
    }
  }

  @Test
  void an_event_exactly_24_hours_ahead_is_accepted_and_a_later_one_is_not() {
    assertThat(decide(at(FURTHEST))).isInstanceOf(Accepted.class);

    for (long tooFar : new long[] {FURTHEST + 1, NOW * 1_000, Long.MAX_VALUE}) {
      Rejected rejected = rejection(decide(at(tooFar)));
      assertThat(rejected.code()).isEqualTo("timestamp_in_future");
      assertThat(rejected.pointer()).isEqualTo("/timestamp");
    }
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      textBlock =
          """
          # identity, trusted, token, user,  verified
          VERIFIED,   true,    -,     u1,    true
          VERIFIED,   true,    u2,    u1,    true
          VERIFIED,   true,    -,     -,     false
          VERIFIED,   false,   u1,    u1,    true
          VERIFIED,   false,   -,     u1,    false
          VERIFIED,   false,   u1,    -,     false
          VERIFIED,   false,   -,     -,     false
          OPEN,       false,   -,     u1,    true
          OPEN,       false,   u1,    u1,    true
          OPEN,       false,   -,     -,     false
          OPEN,       true,    -,     -,     false
          """)
  void a_user_is_verified_by_the_token_the_secret_key_or_an_open_identity(
      Identity identity,
      boolean trusted,
      @Nullable String token,
      @Nullable String user,
      boolean verified) {
    GrowthConfig config = identity == Identity.OPEN ? OPEN : VERIFIED;

    assertThat(EventRules.decide(of(user), config, token, trusted, NOW))
        .isEqualTo(new Accepted(verified));
  }

  @Test
  void without_an_identity_setting_a_user_is_not_believed() {
    GrowthConfig unset =
        new GrowthConfig(
            OPEN.telemetry(),
            OPEN.flags(),
            OPEN.entitlements(),
            OPEN.meters(),
            OPEN.activation(),
            OPEN.consent(),
            OPEN.privacy(),
            null);

    assertThat(EventRules.decide(of("u1"), unset, null, false, NOW)).isEqualTo(new Accepted(false));
    assertThat(EventRules.decide(of("u1"), unset, null, true, NOW)).isEqualTo(new Accepted(true));
  }

  @ParameterizedTest
  @CsvSource({"OPEN", "VERIFIED"})
  void a_token_never_speaks_for_another_user(Identity identity) {
    GrowthConfig config = identity == Identity.OPEN ? OPEN : VERIFIED;
    Rejected rejected = rejection(EventRules.decide(of("u2"), config, "u1", false, NOW));

    assertThat(rejected.code()).isEqualTo("identity_mismatch");
    assertThat(rejected.pointer()).isEqualTo("/user_id");
    assertThat(rejected.message()).doesNotContain("u1").doesNotContain("u2");
  }

  private static boolean isStored(GrowthConfig config, @Nullable ConsentStatement said) {
    return EventRules.decide(consenting(said), config, null, true, NOW) instanceof Accepted;
  }

  @Test
  void an_event_that_says_nothing_about_consent_counts_as_granted_unless_consent_is_required() {
    for (ConsentStatement nothing : Arrays.asList(null, ConsentStatement.NONE)) {
      assertThat(isStored(OPEN, nothing)).isTrue();
      assertThat(isStored(CONSENT, nothing)).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GRANTED,,true,true",
    "DENIED,,false,false",
    "PENDING,,true,false",
    "GRANTED,DENIED,true,true",
    "DENIED,GRANTED,false,false",
    "PENDING,GRANTED,true,false",
    ",GRANTED,true,true",
    ",PENDING,true,false",
    ",DENIED,false,false"
  })
  void the_configured_purpose_decides_and_where_it_is_not_named_the_strictest_of_the_others(
      @Nullable State analytics, @Nullable State ads, boolean stored, boolean storedIfRequired) {
    ConsentStatement said = ConsentStatement.NONE;
    if (analytics != null) {
      said = said.and(ConsentStatement.of("analytics", analytics));
    }
    if (ads != null) {
      said = said.and(ConsentStatement.of("ads", ads));
    }

    assertThat(isStored(OPEN, said)).isEqualTo(stored);
    assertThat(isStored(CONSENT, said)).isEqualTo(storedIfRequired);
  }

  @Test
  void nothing_else_about_an_event_without_consent_is_told() {
    ConsentStatement denied = ConsentStatement.of("analytics", State.DENIED);

    assertThat(decide(event(NOW, "u1", "invited", Set.of(), denied)))
        .isEqualTo(new ConsentMissing());
    assertThat(decide(event(0, "u1", "invited", Set.of(), denied))).isEqualTo(new ConsentMissing());
  }

  @Test
  void what_an_event_holds_is_not_decided_here() {
    assertThat(decide(event(NOW, "u1", "invited", Set.of(), null))).isInstanceOf(Accepted.class);
    assertThat(decide(event(NOW, "u1", "unheard of", Set.of(), null))).isInstanceOf(Accepted.class);
  }
}
