package io.growthbus.activation.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.growthbus.activation.TestDatabase;
import io.growthbus.activation.core.Crossings;
import io.growthbus.activation.core.Crossings.Reached;
import io.growthbus.activation.core.Step;
import io.growthbus.activation.store.PromptStore.Missed;
import io.growthbus.activation.store.PromptStore.Place;
import io.growthbus.activation.store.PromptStore.StoredPrompt;
import io.growthbus.shared.config.GrowthConfig.Rearm;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.Threshold;
import io.growthbus.shared.config.Threshold.Count;
import io.growthbus.shared.config.Threshold.Every;
import io.growthbus.shared.config.Threshold.OfLimit;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Steps and periods of rules, in PostgreSQL. */
class StepsIT {
  private static final Vertx VERTX = Vertx.vertx();
  private static final Duration LATER = Duration.ofMinutes(10);
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final long DAY_MS = Duration.ofDays(1).toMillis();
  private static final LocalDate MAY = LocalDate.of(2026, 5, 1);
  private static final LocalDate JUNE = LocalDate.of(2026, 6, 1);

  private final TestDatabase database = new TestDatabase();
  private final PgPromptStore node1 = node();
  private final PgPromptStore node2 = node();

  private PgPromptStore node() {
    return new PgPromptStore(
        Postgres.pool(VERTX, database.settings(), "activation", 4, PgPromptStore.SESSION));
  }

  @AfterEach
  void close() {
    Await.result(Future.all(node1.close(), node2.close()));
  }

  @AfterAll
  static void stop() {
    Await.result(VERTX.close());
  }

  private static Rule rule(int epoch, Rearm rearm, Threshold... thresholds) {
    return new Rule(
        "r",
        "m",
        List.of(thresholds),
        rearm,
        epoch,
        null,
        null,
        0,
        Duration.ofDays(1),
        "t",
        "b",
        "l",
        "/",
        0,
        Duration.ofDays(7));
  }

  private static Rule rule(Threshold... thresholds) {
    return rule(0, Rearm.PERIOD, thresholds);
  }

  private static Reached reached(
      Rule rule, @Nullable LocalDate period, long count, @Nullable Long limit) {
    return new Reached(
        rule, "u", period, Step.reached(rule.thresholds(), count, limit), count, true);
  }

  /** Thresholds of the prompts that a count raises. */
  private List<Long> raises(Rule rule, @Nullable LocalDate period, long count) {
    return raises(reached(rule, period, count, 100L));
  }

  private List<Long> raises(Reached reached) {
    return reached.steps().isEmpty()
        ? List.of()
        : Await.result(node1.cross(List.of(reached), LATER)).stream()
            .map(StoredPrompt::threshold)
            .toList();
  }

  private String crossings() throws SQLException {
    return database.value(
        "SELECT string_agg(step_kind || step_number, ' ' ORDER BY threshold, step_kind)"
            + " FROM activation.crossing");
  }

  private String suppressions() throws SQLException {
    return database.value(
        "SELECT string_agg(threshold || ' ' || suppression, ',' ORDER BY threshold)"
            + " FROM activation.prompt WHERE state = 'suppressed'");
  }

  @Test
  void of_the_steps_that_a_jump_reaches_the_highest_prompts_and_the_others_are_noted()
      throws SQLException {
    Rule rule = rule(new Count(10), new Count(50), new OfLimit(80), new Every(40));

    assertThat(raises(rule, null, 85)).containsExactly(80L);
    assertThat(crossings()).isEqualTo("count1 every1 count2 every2 percent1");
    assertThat(suppressions()).isEqualTo("10 lower_step,40 lower_step,50 lower_step,80 lower_step");
    assertThat(raises(rule, null, 119)).isEmpty();
    assertThat(raises(rule, null, 120)).containsExactly(120L);
  }

  @Test
  void a_lower_count_that_is_told_later_raises_nothing() {
    Rule rule = rule(new Count(10), new Every(20));

    assertThat(raises(rule, null, 65)).containsExactly(60L);
    assertThat(raises(rule, null, 45)).isEmpty();
    assertThat(raises(rule, null, 65)).isEmpty();
  }

  @Test
  void each_period_is_crossed_anew_and_a_rule_that_never_rearms_once() {
    Rule rule = rule(new Count(10));

    assertThat(raises(rule, MAY, 12)).hasSize(1);
    assertThat(raises(rule, MAY, 15)).isEmpty();
    assertThat(raises(rule, JUNE, 11)).hasSize(1);
    assertThat(raises(rule, MAY, 19)).isEmpty();
  }

  @Test
  void only_the_epoch_rearms_and_no_other_edit_does() {
    assertThat(raises(rule(new Count(50)), null, 60)).hasSize(1);

    assertThat(raises(rule(new Count(10)), null, 61)).isEmpty();
    assertThat(raises(rule(new Count(61)), null, 62)).isEmpty();
    assertThat(raises(rule(new Count(20), new Count(50)), null, 63)).isEmpty();
    assertThat(raises(rule(1, Rearm.PERIOD, new Count(50)), null, 64)).hasSize(1);
    assertThat(raises(rule(1, Rearm.PERIOD, new Count(50)), null, 65)).isEmpty();
  }

  @Test
  void a_higher_step_that_is_added_is_crossed_when_it_is_reached() {
    assertThat(raises(rule(new Count(50)), null, 60)).containsExactly(50L);

    assertThat(raises(rule(new Count(50), new Count(70)), null, 69)).isEmpty();
    assertThat(raises(rule(new Count(50), new Count(70)), null, 71)).containsExactly(70L);
  }

  @Test
  void what_is_too_old_is_noted_and_not_prompted() throws SQLException {
    Rule rule = rule(new Count(10), new Count(20));
    Reached old =
        new Reached(rule, "u", null, Step.reached(rule.thresholds(), 25, null), 25, false);

    assertThat(raises(old)).isEmpty();
    assertThat(suppressions()).isEqualTo("10 lower_step,20 not_fresh");
    assertThat(raises(rule, null, 26)).isEmpty();
  }

  @Test
  void a_missed_step_is_found_whatever_its_kind() throws SQLException {
    Rule rule = rule(new Count(10), new OfLimit(80), new Every(30));
    database.count("u", "m", 65);
    assertThat(missed(rule)).extracting(MeterReading::count).containsExactly(65L);

    raises(reached(rule(new Count(10)), null, 65, null));
    assertThat(missed(rule)).hasSize(1);
    raises(reached(rule, null, 65, 50L));
    assertThat(missed(rule)).isEmpty();

    database.count("u", "m", 95);
    assertThat(missed(rule)).hasSize(1);
    raises(reached(rule, null, 95, 50L));
    assertThat(missed(rule)).isEmpty();
  }

  @Test
  void a_count_below_every_step_is_not_looked_at() throws SQLException {
    database.count("u", "m", 9);

    assertThat(missed(rule(new Count(10), new Every(10)))).isEmpty();
    assertThat(missed(rule(new Count(9)))).hasSize(1);
  }

  @Test
  void what_came_late_for_a_month_that_has_ended_is_found_and_what_is_to_come_is_not()
      throws SQLException {
    LocalDate month = LocalDate.now(ZoneOffset.UTC).withDayOfMonth(1);
    LocalDate ended = month.minusMonths(1);
    month("u", ended, 12);
    month("u", month, 11);
    month("u", month.plusMonths(1), 30);
    Rule rule = rule(new Count(10));

    assertThat(missed(rule))
        .extracting(MeterReading::count, MeterReading::periodStartMs)
        .containsExactlyInAnyOrder(
            tuple(12L, ended.toEpochDay() * DAY_MS), tuple(11L, month.toEpochDay() * DAY_MS));
    assertThat(crossMissed(rule)).containsExactlyInAnyOrder(12L, 11L);
    assertThat(missed(rule)).isEmpty();
    assertThat(missed(rule(1, Rearm.PERIOD, new Count(10)))).hasSize(2);
  }

  private void month(String user, LocalDate bucket, long count) throws SQLException {
    database.execute(
        """
        INSERT INTO ingest.meter (key, subject, period, source, revision)
        VALUES ('m', 'user', -1, 'file', 0) ON CONFLICT DO NOTHING;
        INSERT INTO ingest.usage (meter_id, subject, bucket, amount, changed_at, occurred_at)
        SELECT meter_id, '%s', '%s', %d, now(), now() FROM ingest.meter WHERE key = 'm'
        """
            .formatted(user, bucket, count));
  }

  private List<MeterReading> missed(Rule rule) {
    return Await.result(node1.missed(List.of(rule), WINDOW, Duration.ZERO, null)).readings();
  }

  private List<Long> crossMissed(Rule rule) {
    List<Reached> reached =
        Crossings.of(
            List.of(rule), missed(rule), user -> Optional.empty(), System.currentTimeMillis());
    return Await.result(node1.cross(reached, LATER)).stream().map(StoredPrompt::count).toList();
  }

  @Test
  void many_counters_of_one_moment_come_page_by_page_though_none_of_them_crosses()
      throws SQLException {
    database.count("u0", "m", 1);
    database.execute(
        """
        INSERT INTO ingest.usage (meter_id, subject, bucket, amount, changed_at)
        SELECT meter_id, 'v' || i, '-infinity', 1, date_trunc('second', now()) FROM ingest.meter,
               generate_series(1, 2500) AS i
        """);
    Rule rule = rule(new OfLimit(80));
    Set<String> found = new HashSet<>();
    int looks = 0;
    Place from = null;
    do {
      Missed page = Await.result(node1.missed(List.of(rule), WINDOW, Duration.ZERO, from));
      page.readings().forEach(reading -> assertThat(found.add(reading.userId())).isTrue());
      from = page.next();
      looks++;
    } while (from != null);

    assertThat(found).hasSize(2_501);
    assertThat(looks).isEqualTo(3);
  }

  @Test
  void a_sweep_reads_what_has_changed_and_not_all_counters() throws SQLException {
    database.count("u0", "m", 1);
    database.execute(
        """
        INSERT INTO ingest.usage (meter_id, subject, bucket, amount, changed_at)
        SELECT meter_id, 'v' || i, '-infinity', 9,
               now() - CASE WHEN i % 50 = 0 THEN interval '1 second' ELSE interval '1 day' END
        FROM ingest.meter, generate_series(1, 100000) AS i;
        ANALYZE ingest.usage
        """);
    List<Rule> rules = List.of(rule(new Count(9)));
    List<MeterReading> readings = new ArrayList<>();
    Place from = null;
    do {
      Missed page = Await.result(node1.missed(rules, WINDOW, Duration.ZERO, from));
      readings.addAll(page.readings());
      from = page.next();
    } while (from != null);
    assertThat(readings).hasSize(2_000);
    Await.result(
        node1.cross(
            Crossings.of(rules, readings, user -> Optional.empty(), System.currentTimeMillis()),
            LATER));
    database.execute("ANALYZE activation.crossing");

    String plan = explain(rules);
    assertThat(plan.lines().filter(line -> line.contains("on usage u ")))
        .singleElement()
        .asString()
        .contains("Index Scan using usage_changed");
    assertThat(plan).contains("using crossing_pkey").doesNotContain("Seq Scan");
  }

  /** The plan of a look at the counters of the last minute. */
  private String explain(List<Rule> rules) {
    OffsetDateTime now = OffsetDateTime.now(ZoneOffset.UTC);
    Place minuteAgo = new Place(now, now.minusMinutes(1), "", "", null);
    Pool pool = Postgres.pool(VERTX, database.settings(), "activation", 1, PgPromptStore.SESSION);
    StringBuilder plan = new StringBuilder();
    Await.result(
            pool.preparedQuery("EXPLAIN (ANALYZE, COSTS OFF) " + PgCrossings.MISSED)
                .execute(PgCrossings.question(rules, minuteAgo))
                .eventually(pool::close))
        .forEach(row -> plan.append(row.getString(0)).append('\n'));
    return plan.toString();
  }

  /** A count of a user in a period, as it was read. */
  private record Read(String user, @Nullable LocalDate period, long count) {}

  @Test
  void whatever_the_order_the_repetition_and_the_split_the_crossings_are_those_of_the_model()
      throws SQLException {
    long seed = System.nanoTime();
    System.out.println("crossings of random readings, seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 40; round++) {
      database.execute("TRUNCATE activation.crossing, activation.prompt");
      playRound(random, "seed " + seed + " round " + round);
    }
  }

  private void playRound(Random random, String name) throws SQLException {
    List<Rule> rules = List.of(randomRule("r0", random), randomRule("r1", random));
    Map<String, @Nullable Long> limits = new HashMap<>();
    for (int i = 0; i < 3; i++) {
      limits.put("u" + i, random.nextInt(3) == 0 ? null : (Long) random.nextLong(1, 90));
    }
    List<Read> reads = new ArrayList<>();
    for (int i = 0; i < 2 + random.nextInt(30); i++) {
      String user = "u" + random.nextInt(3);
      LocalDate period = List.of(MAY, JUNE).get(random.nextInt(2));
      reads.add(new Read(user, period, random.nextLong(1, 100)));
    }
    List<Read> told = new ArrayList<>(reads);
    told.addAll(reads);
    Collections.shuffle(told, random);
    List<Future<?>> done = new ArrayList<>();
    for (int i = 0; i < told.size(); ) {
      int size = Math.min(told.size() - i, 1 + random.nextInt(6));
      List<MeterReading> readings =
          told.subList(i, i + size).stream().map(StepsIT::reading).toList();
      List<Reached> reached =
          Crossings.of(rules, readings, u -> Optional.of(meter -> limits.get(u)), 0);
      done.add((random.nextBoolean() ? node1 : node2).cross(reached, LATER));
      i += size;
    }
    done.forEach(Await::result);

    assertThat(stored("crossing")).as(name).isEqualTo(model(rules, reads, limits));
    assertThat(stored("prompt")).as(name).isEqualTo(stored("crossing"));
    assertThat(
            database.value(
                "SELECT count(*) FROM (SELECT FROM activation.prompt GROUP BY rule, user_id,"
                    + " period_start HAVING count(*) FILTER (WHERE state = 'pending') = 0) AS x"))
        .as("someone who crossed was not prompted, " + name)
        .isEqualTo("0");
  }

  private static MeterReading reading(Read read) {
    Long start = read.period() == null ? null : read.period().toEpochDay() * DAY_MS;
    return new MeterReading(read.user(), "m", read.count(), start, 0L);
  }

  private static Rule randomRule(String key, Random random) {
    List<Threshold> thresholds = new ArrayList<>();
    Set<Long> counts = new HashSet<>();
    for (int i = 0; i < 3; i++) {
      counts.add(random.nextLong(1, 80));
    }
    counts.forEach(count -> thresholds.add(new Count(count)));
    thresholds.add(new OfLimit(1 + random.nextInt(100)));
    if (random.nextBoolean()) {
      thresholds.add(new Every(1 + random.nextInt(30)));
    }
    return new Rule(
        key,
        "m",
        thresholds,
        random.nextBoolean() ? Rearm.PERIOD : Rearm.NEVER,
        random.nextInt(3),
        null,
        null,
        0,
        Duration.ofDays(1),
        "t",
        "b",
        "l",
        "/",
        0,
        Duration.ofDays(7));
  }

  private Set<String> stored(String table) throws SQLException {
    String all =
        database.value(
            "SELECT string_agg(concat_ws(' ', rule, epoch, user_id, period_start, step_kind,"
                + " step_number, threshold), '\n') FROM activation."
                + table);
    return all.equals("null") ? Set.of() : new TreeSet<>(List.of(all.split("\n")));
  }

  /** Every step whose threshold the highest count of its period has reached, as stored. */
  private static Set<String> model(
      List<Rule> rules, List<Read> reads, Map<String, @Nullable Long> limits) {
    Set<String> expected = new TreeSet<>();
    for (Rule rule : rules) {
      for (Read read : reads) {
        String period = rule.rearm() == Rearm.NEVER ? "-infinity" : String.valueOf(read.period());
        int counts = 0;
        for (Threshold threshold : rule.thresholds()) {
          List<String> steps = new ArrayList<>();
          if (threshold instanceof Count one) {
            counts++;
            if (read.count() >= one.value()) {
              steps.add("count " + counts + " " + one.value());
            }
          } else if (threshold instanceof OfLimit part) {
            Long limit = limits.get(read.user());
            if (limit != null && read.count() * 100 >= limit * part.percent()) {
              long needed = Math.max(1, (limit * part.percent() + 99) / 100);
              steps.add("percent 1 " + needed);
            }
          } else if (threshold instanceof Every every) {
            for (long n = 1; n * every.size() <= read.count(); n++) {
              steps.add("every " + n + " " + n * every.size());
            }
          }
          steps.forEach(
              step ->
                  expected.add(
                      String.join(
                          " ",
                          rule.key(),
                          String.valueOf(rule.epoch()),
                          read.user(),
                          period,
                          step)));
        }
      }
    }
    return expected;
  }
}
