package io.growthbus.activation.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.activation.TestDatabase;
import io.growthbus.activation.core.Crossings;
import io.growthbus.activation.core.Crossings.Reached;
import io.growthbus.activation.core.Suppression;
import io.growthbus.activation.store.PromptStore.Done;
import io.growthbus.activation.store.PromptStore.Judged;
import io.growthbus.activation.store.PromptStore.Missed;
import io.growthbus.activation.store.PromptStore.PromptOfUser;
import io.growthbus.activation.store.PromptStore.StoredPrompt;
import io.growthbus.activation.store.PromptStore.ToDecide;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.PromptCaps;
import io.growthbus.shared.message.AcknowledgePrompt.Action;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PgPromptStoreIT extends PromptStoreContract {
  private static final Vertx VERTX = Vertx.vertx();
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final List<Rule> RULES = List.of(PROJECTS, CALLS);

  private final TestDatabase database = new TestDatabase();
  private final Map<String, List<Judged>> judged = new HashMap<>();
  private final PgPromptStore node1 = node();
  private final PgPromptStore node2 = node();

  private PgPromptStore node() {
    return new PgPromptStore(Postgres.pool(VERTX, database.settings(), "activation", 4));
  }

  @AfterEach
  void close() {
    Await.result(Future.all(node1.close(), node2.close()));
  }

  @AfterAll
  static void stop() {
    Await.result(VERTX.close());
  }

  @Override
  PromptStore store() {
    return node1;
  }

  private PgPromptStore turn(int i) {
    return i % 2 == 0 ? node1 : node2;
  }

  /** The readings without their times. */
  private static List<MeterReading> counts(Missed missed) {
    return missed.readings().stream()
        .map(reading -> new MeterReading(reading.userId(), reading.meter(), reading.count()))
        .toList();
  }

  private static List<Reached> crossings(Missed missed) {
    return Crossings.of(
        RULES, missed.readings(), user -> Optional.empty(), System.currentTimeMillis());
  }

  private Missed missed() {
    return Await.result(node1.missed(RULES, WINDOW, Duration.ZERO, null));
  }

  private static List<Reached> reached(List<String> users) {
    return users.stream().map(user -> reached(PROJECTS, user, 3)).toList();
  }

  private static List<String> users(int count) {
    return IntStream.range(0, count).mapToObj("u%02d"::formatted).toList();
  }

  @Test
  void a_crossing_told_many_times_at_once_over_two_nodes_happens_once() throws SQLException {
    List<String> users = users(20);
    List<Future<List<StoredPrompt>>> told = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      // Overlapping groups, as messages of different batches bring them.
      told.add(turn(i).cross(reached(users.subList(i % 10, i % 10 + 11)), LATER));
    }
    List<String> prompted =
        told.stream().flatMap(f -> Await.result(f).stream()).map(StoredPrompt::userId).toList();

    assertThat(prompted).containsExactlyInAnyOrderElementsOf(users);
    assertThat(database.value("SELECT count(*) FROM activation.crossing")).isEqualTo("20");
    assertThat(database.value("SELECT count(*) FROM activation.prompt")).isEqualTo("20");
  }

  @Test
  void a_crossing_never_comes_without_its_prompt() throws SQLException {
    database.execute(
        "ALTER TABLE activation.prompt ADD CONSTRAINT planted CHECK (user_id <> 'u01')");

    Await.failure(node1.cross(reached(users(3)), LATER));

    assertThat(database.value("SELECT count(*) FROM activation.crossing")).isEqualTo("0");
  }

  @Test
  void the_expiry_is_that_of_the_rule_by_the_clock_of_the_database() throws SQLException {
    promptOf("u");

    assertThat(
            database.value(
                "SELECT expires_at - created_at BETWEEN interval '7 days' - interval '1 second'"
                    + " AND interval '7 days 1 second' FROM activation.prompt"))
        .isEqualTo("true");
  }

  @Test
  void a_due_prompt_goes_to_one_of_those_who_claim_at_once() throws SQLException {
    Await.result(node1.cross(reached(users(60)), Duration.ZERO));
    List<Future<List<StoredPrompt>>> claims = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      claims.add(turn(i).claimDue(20));
    }
    List<String> claimed =
        new ArrayList<>(
            claims.stream()
                .flatMap(f -> Await.result(f).stream())
                .map(StoredPrompt::userId)
                .toList());
    assertThat(claimed).doesNotHaveDuplicates();

    // What a claim skipped because another held it is claimed by the next.
    Await.result(node1.claimDue(60)).forEach(prompt -> claimed.add(prompt.userId()));
    assertThat(claimed).containsExactlyInAnyOrderElementsOf(users(60));
    assertThat(Await.result(node1.claimDue(60))).isEmpty();
  }

  @Test
  void a_prompt_is_due_only_when_its_time_has_come_and_nobody_dealt_with_it() throws SQLException {
    promptOf("later");
    for (String user : List.of("due", "shown", "expired")) {
      Await.result(node1.cross(reached(List.of(user)), Duration.ZERO));
    }
    Await.result(node1.acknowledge(List.of(new Done("shown", open("shown").get(0), Action.SHOWN))));
    database.execute("UPDATE activation.prompt SET expires_at = now() WHERE user_id = 'expired'");

    assertThat(Await.result(node1.claimDue(10)))
        .extracting(StoredPrompt::userId)
        .containsExactly("due");
  }

  @Test
  void announcements_grow_rarer_and_stop_after_the_sixth() throws SQLException {
    promptOf("u");
    List<String> distances = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      database.execute("UPDATE activation.prompt SET next_push_at = now()");
      assertThat(Await.result(node1.claimDue(1))).hasSize(1);
      distances.add(
          database.value(
              "SELECT round(extract(epoch FROM next_push_at - now()), -1) FROM activation.prompt"));
    }

    assertThat(distances.subList(0, 5)).containsExactly("10", "40", "160", "640", "2560");
    assertThat(distances.get(5)).isEqualTo("null");
    assertThat(open("u")).hasSize(1);
  }

  @Test
  void an_expired_prompt_is_not_open_and_ends_once() throws SQLException {
    UUID old = promptOf("u");
    promptOf("young");
    database.execute("UPDATE activation.prompt SET expires_at = now() WHERE user_id = 'u'");
    assertThat(open("u")).isEmpty();

    List<Future<List<PromptOfUser>>> ends = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      ends.add(turn(i).expire());
    }
    assertThat(ends.stream().flatMap(f -> Await.result(f).stream()))
        .containsExactly(new PromptOfUser(old, "u"));
    assertThat(database.stateOf("u")).isEqualTo("expired");
    assertThat(database.stateOf("young")).isEqualTo("pending");
  }

  @Test
  void retractions_and_expiries_that_meet_end_every_prompt_once() throws SQLException {
    Rule third = rule("third", 1, 0);
    for (String user : users(10)) {
      Await.result(
          node1.cross(
              List.of(
                  reached(PROJECTS, user, 3), reached(CALLS, user, 50), reached(third, user, 1)),
              LATER));
    }
    for (String user : users(10)) {
      List<UUID> open = open(user);
      open.forEach(prompt -> decide(user, prompt, null));
      judged.put(user, open.stream().map(p -> new Judged(p, Suppression.FLAG_OFF)).toList());
    }
    database.execute("UPDATE activation.prompt SET expires_at = now() - random() * interval '1 s'");
    List<Future<List<UUID>>> ends = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      ends.add(i % 3 == 0 ? expire(turn(i / 3)) : end(turn(i), "u%02d".formatted(i % 10)));
    }
    List<UUID> ended =
        new ArrayList<>(ends.stream().flatMap(f -> Await.result(f).stream()).toList());
    ended.addAll(Await.result(expire(node1)));

    assertThat(ended).hasSize(30).doesNotHaveDuplicates();
  }

  private static Future<List<UUID>> expire(PgPromptStore node) {
    return node.expire().map(old -> old.stream().map(PromptOfUser::promptId).toList());
  }

  /** Takes back what of a user was announced. */
  private Future<List<UUID>> end(PgPromptStore node, String user) {
    return node.decide(
            List.of(new ToDecide(user, judged.getOrDefault(user, List.of()), true)),
            PromptCaps.NONE)
        .map(each -> each.get(0))
        .map(decided -> List.copyOf(decided.retracted()));
  }

  @Test
  void acknowledgements_at_once_change_a_prompt_once() {
    UUID prompt = promptOf("u");
    List<Future<Boolean>> changed = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      changed.add(
          turn(i)
              .acknowledge(
                  List.of(new Done("u", prompt, i % 3 == 0 ? Action.CLICKED : Action.DISMISSED)))
              .map(found -> found.get(0).orElseThrow().changed()));
    }

    assertThat(changed.stream().filter(Await::result)).hasSize(1);
  }

  @Test
  void an_acknowledgement_notes_when_and_ends_the_announcements() throws SQLException {
    UUID prompt = promptOf("u");
    Await.result(node1.acknowledge(List.of(new Done("u", prompt, Action.SHOWN))));
    assertThat(
            database.value(
                "SELECT shown_at IS NOT NULL AND handled_at IS NULL AND next_push_at IS NULL"
                    + " FROM activation.prompt"))
        .isEqualTo("true");

    Await.result(node1.acknowledge(List.of(new Done("u", prompt, Action.CLICKED))));
    assertThat(database.value("SELECT handled_at >= shown_at FROM activation.prompt"))
        .isEqualTo("true");
  }

  @Test
  void a_counter_whose_message_was_lost_is_found_until_it_has_crossed() throws SQLException {
    database.count("u", "meter_projects", 4);
    database.count("below", "meter_projects", 2);
    database.count("u", "meter_other", 99);

    assertThat(counts(missed())).containsExactly(new MeterReading("u", "meter_projects", 4));
    assertThat(missed().readings()).hasSize(1);
    cross(PROJECTS, "u", 4);
    assertThat(missed().readings()).isEmpty();
  }

  @Test
  void a_counter_that_reached_two_rules_is_found_while_one_of_them_is_missing()
      throws SQLException {
    Rule second = new Rule("second", "meter_projects", 4, "", "", "", "/", 0, LATER);
    List<Rule> rules = List.of(PROJECTS, second);
    database.count("u", "meter_projects", 5);
    cross(PROJECTS, "u", 3);

    assertThat(counts(Await.result(node1.missed(rules, WINDOW, Duration.ZERO, null))))
        .containsExactly(new MeterReading("u", "meter_projects", 5));
  }

  @Test
  void a_counter_that_commits_behind_the_cursor_is_found_by_the_next_sweep() throws SQLException {
    try (Connection slow = database.connect();
        Statement statement = slow.createStatement()) {
      slow.setAutoCommit(false);
      statement.execute(TestDatabase.counter("u", "meter_projects", 3));
      Missed first = missed();
      assertThat(first.readings()).isEmpty();
      Await.result(node1.swept(first.asOf()));
      slow.commit();
    }

    assertThat(counts(missed())).containsExactly(new MeterReading("u", "meter_projects", 3));
  }

  @Test
  void without_a_safety_window_what_was_swept_is_not_looked_at_again() throws SQLException {
    database.count("u", "meter_projects", 3);
    // A change may be noted as ten seconds earlier, so as much is always looked at again.
    Await.result(node1.swept(missed().asOf().plusSeconds(10)));

    assertThat(Await.result(node1.missed(RULES, Duration.ZERO, Duration.ZERO, null)).readings())
        .isEmpty();
    database.count("u", "meter_projects", 4);
    assertThat(Await.result(node1.missed(RULES, Duration.ZERO, Duration.ZERO, null)).readings())
        .hasSize(1);
  }

  @Test
  void nobody_sweeps_again_while_a_sweep_is_young() throws SQLException {
    Duration pause = Duration.ofHours(1);
    Missed first = missed();
    database.count("u", "meter_projects", 3);
    Await.result(node1.swept(first.asOf()));

    Missed young = Await.result(node2.missed(RULES, WINDOW, pause, null));
    assertThat(young.readings()).isEmpty();
    Await.result(node2.swept(young.asOf()));
    assertThat(counts(Await.result(node2.missed(RULES, WINDOW, Duration.ZERO, null))))
        .containsExactly(new MeterReading("u", "meter_projects", 3));
  }

  @Test
  void the_cursor_never_goes_backwards() throws SQLException {
    Missed early = missed();
    Missed late = missed();
    Await.result(node1.swept(late.asOf()));
    Await.result(node2.swept(early.asOf()));

    assertThat(
            database.value(
                "SELECT swept_until = '" + late.asOf() + "' FROM activation.sweep_cursor"))
        .isEqualTo("true");
  }

  @Test
  void without_rules_nothing_is_missed() throws SQLException {
    database.count("u", "meter_projects", 3);

    assertThat(Await.result(node1.missed(List.of(), WINDOW, Duration.ZERO, null)).readings())
        .isEmpty();
  }

  @Test
  void what_was_missed_comes_page_by_page_and_each_once_when_it_is_crossed_between()
      throws SQLException {
    database.count("first", PROJECTS.meter(), 1);
    database.execute(
        """
        INSERT INTO ingest.usage (meter_id, subject, bucket, amount, changed_at)
        SELECT meter_id, 'u' || i, '-infinity', 5, date_trunc('second', now()) - i % 3 * interval '1 second'
        FROM ingest.meter, generate_series(1, 2500) AS i
        """);
    List<String> found = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    Missed page = missed();
    while (true) {
      sizes.add(page.readings().size());
      page.readings().forEach(reading -> found.add(reading.userId()));
      Await.result(node1.cross(crossings(page), LATER));
      if (page.next() == null) {
        break;
      }
      page = Await.result(node1.missed(RULES, WINDOW, Duration.ZERO, page.next()));
    }

    assertThat(sizes).containsExactly(1_000, 1_000, 500);
    assertThat(found).doesNotHaveDuplicates().hasSize(2_500);
  }

  @Test
  void the_value_of_the_last_days_is_their_sum_whichever_day_has_changed() throws SQLException {
    database.execute(
        """
        INSERT INTO ingest.meter (key, subject, period, source, revision)
        VALUES ('%1$s', 'user', 7, 'file', 1), ('of_accounts', 'account', 0, 'file', 1);
        INSERT INTO ingest.usage (meter_id, subject, bucket, amount, changed_at)
        SELECT meter_id, 'u', (now() AT TIME ZONE 'UTC')::date - day, 1.5, changed_at
        FROM ingest.meter,
             (VALUES (0, now() - interval '1 hour'), (6, now()), (7, now()), (-1, now() + interval '1 day'))
               AS d(day, changed_at)
        WHERE period = 7
        """
            .formatted(PROJECTS.meter()));

    assertThat(counts(missed())).containsExactly(new MeterReading("u", PROJECTS.meter(), 3));
  }
}
