package io.growthbus.activation.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.activation.TestDatabase;
import io.growthbus.activation.store.ConversionStore.Converted;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PgConversionStoreIT {
  private static final TestDatabase DATABASE = new TestDatabase();
  private static final Vertx VERTX = Vertx.vertx();
  private static final Pool POOL = Postgres.pool(VERTX, DATABASE.settings(), "activation", 8);
  private static final ConversionStore STORE = new PgConversionStore(POOL);
  private static final Duration WEEK = Duration.ofDays(7);

  /** What room entitlements publishes, which is not part of this module. */
  @BeforeAll
  static void publish() throws SQLException {
    DATABASE.execute(
        """
        CREATE TABLE growth.entitlement (user_id text, status text, last_event_at timestamptz);
        GRANT SELECT ON growth.entitlement TO growthbus_activation
        """);
  }

  @AfterAll
  static void stop() {
    Await.result(POOL.close());
    Await.result(VERTX.close());
  }

  @BeforeEach
  void clear() throws SQLException {
    DATABASE.execute("DELETE FROM activation.prompt; DELETE FROM growth.entitlement");
  }

  /** A prompt that was shown so many hours ago, or of which that is null. */
  private static UUID prompt(String rule, String state, String suppression, String hoursAgo)
      throws SQLException {
    UUID id = UUID.randomUUID();
    String then = "now() - " + hoursAgo + " * interval '1 hour'";
    boolean ghost = state.equals("suppressed");
    DATABASE.execute(
        """
        INSERT INTO activation.prompt (prompt_id, rule, user_id, meter, threshold, count, title, body, cta_label,
                                       cta_url, priority, state, suppression, shown_at, handled_at, granted_at, expires_at)
        VALUES ('%s', '%s', 'u', 'm', 1, 1, 't', 'b', 'l', '/u', 0, '%s', %s, %s, %s, %s, now() + interval '1 day')
        """
            .formatted(
                id,
                rule,
                state,
                ghost ? "'" + suppression + "'" : "NULL",
                ghost || state.equals("pending") ? "NULL" : then,
                state.equals("pending") || state.equals("shown") ? "NULL" : then,
                ghost ? "NULL" : then));
    return id;
  }

  private static UUID shown(String rule, String hoursAgo) throws SQLException {
    return prompt(rule, "shown", "", hoursAgo);
  }

  private static Optional<UUID> convert(String... from) {
    return Await.result(STORE.convert("u", WEEK, List.of(from), "free"))
        .map(converted -> converted.prompt().promptId());
  }

  private static String column(UUID id, String column) throws SQLException {
    return DATABASE.value(
        "SELECT " + column + " FROM activation.prompt WHERE prompt_id = '" + id + "'");
  }

  @Test
  void the_last_prompt_within_the_window_has_the_payment_and_no_other_one() throws SQLException {
    UUID earlier = shown("a", "5");
    UUID last = shown("b", "2");
    shown("too_old", "200");

    assertThat(Await.result(STORE.isWaiting("u", WEEK))).isTrue();
    assertThat(convert("free")).contains(last);
    assertThat(convert("free")).isEmpty();
    assertThat(column(last, "state")).isEqualTo("converted");
    assertThat(column(earlier, "state")).isEqualTo("shown");
  }

  @Test
  void a_click_is_later_than_that_it_was_shown() throws SQLException {
    UUID clicked = prompt("a", "clicked", "", "5");
    shown("b", "4");
    DATABASE.execute(
        "UPDATE activation.prompt SET handled_at = now() - interval '1 hour' WHERE rule = 'a'");

    assertThat(convert("free")).contains(clicked);
    assertThat(column(clicked, "state")).isEqualTo("converted");
  }

  @Test
  void a_payment_after_the_window_or_of_a_prompt_that_nobody_saw_counts_for_none()
      throws SQLException {
    shown("a", "169");
    prompt("b", "pending", "", "0");
    prompt("c", "suppressed", "on_paid_tier", "1");

    assertThat(Await.result(STORE.isWaiting("u", WEEK))).isFalse();
    assertThat(convert("free")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "shown, converted",
    "clicked, converted",
    "retracted, converted",
    "dismissed, dismissed",
    "snoozed, snoozed",
    "expired, expired"
  })
  void what_the_user_did_not_put_away_becomes_converted_and_everything_has_its_moment(
      String before, String after) throws SQLException {
    UUID id = prompt("a", before, "", "1");

    assertThat(convert("free")).contains(id);
    assertThat(column(id, "state")).isEqualTo(after);
    assertThat(column(id, "converted_at IS NOT NULL")).isEqualTo("true");
  }

  @ParameterizedTest
  @CsvSource({"holdout", "flag_off"})
  void who_was_kept_from_a_prompt_converts_by_the_same_rule_and_stays_suppressed(String code)
      throws SQLException {
    UUID ghost = prompt("a", "suppressed", code, "1");
    shown("b", "2");

    assertThat(convert("free")).contains(ghost);
    assertThat(column(ghost, "state")).isEqualTo("suppressed");
    assertThat(
            DATABASE.value(
                "SELECT concat_ws(' ', announced, treated, treated_conversions, ghosts, ghost_conversions)"
                    + " FROM growth.prompt_conversion WHERE rule = 'a'"))
        .isEqualTo("0 0 0 1 1");
    assertThat(
            DATABASE.value(
                "SELECT concat_ws(' ', announced, treated, treated_conversions, ghosts, ghost_conversions)"
                    + " FROM growth.prompt_conversion WHERE rule = 'b'"))
        .isEqualTo("1 1 0 0 0");
  }

  @Test
  void a_user_who_pays_already_converts_by_paying_more() throws SQLException {
    UUID id = shown("a", "1");
    Await.result(STORE.noteTier(id, "pro"));
    Await.result(STORE.noteTier(id, "free"));

    assertThat(convert("free")).isEmpty();
    assertThat(convert("free", "pro")).contains(id);
  }

  @Test
  void a_prompt_that_came_after_a_payment_waits_for_the_next_one() throws SQLException {
    shown("a", "3");
    convert("free");
    DATABASE.execute("UPDATE activation.prompt SET converted_at = now() - interval '2 hours'");
    UUID later = shown("b", "1");

    assertThat(convert("free")).contains(later);
  }

  @Test
  void nodes_that_hear_of_one_payment_at_once_note_it_once() throws SQLException {
    for (int round = 0; round < 10; round++) {
      clear();
      shown("a", "3");
      UUID last = shown("b", "2");
      List<Future<Optional<Converted>>> notes = new ArrayList<>();
      for (int node = 0; node < 6; node++) {
        notes.add(STORE.convert("u", WEEK, List.of("free"), "free"));
      }
      Await.result(Future.all(notes));

      assertThat(notes.stream().flatMap(note -> note.result().stream()))
          .singleElement()
          .satisfies(
              converted -> {
                assertThat(converted.prompt().promptId()).isEqualTo(last);
                assertThat(converted.wasOpen()).isTrue();
              });
    }
  }

  @Test
  void payments_that_were_not_heard_are_found_in_what_billing_reports() throws SQLException {
    shown("a", "3");
    assertThat(Await.result(STORE.missed(WEEK, 10))).isEmpty();
    DATABASE.execute(
        """
        INSERT INTO growth.entitlement (user_id, status, last_event_at)
        VALUES ('u', 'active', now() - interval '1 hour'), ('other', 'active', now()), ('u', 'canceled', now())
        """);

    assertThat(Await.result(STORE.missed(WEEK, 10))).containsExactly("u");
    convert("free");
    assertThat(Await.result(STORE.missed(WEEK, 10))).isEmpty();
  }
}
