package io.growthbus.ingest.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.store.EventStore.Committed;
import io.growthbus.ingest.store.EventStore.NewEvent;
import io.growthbus.ingest.store.PgMeterUpkeep.Step;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.GrowthConfig.MeterPeriod;
import io.growthbus.shared.config.GrowthConfig.MeterSubject;
import io.growthbus.shared.config.MeterReader;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.MeterState;
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.ReadUsage;
import io.growthbus.shared.message.ReadUsages;
import io.growthbus.shared.message.UserSample;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Counting as events come, counting of earlier events, and both at once, on a real database. */
class MeterCountingIT {
  private static final int CONNECTIONS = 4;
  private static final Vertx VERTX = Vertx.vertx();
  private static final long DAY_MS = Duration.ofDays(1).toMillis();

  private static final List<String> VALUES =
      List.of(
          "{}",
          "{\"n\":5}",
          "{\"n\":5.0,\"plan\":\"a\"}",
          "{\"n\":-2.5,\"plan\":\"b\\\"; $x\"}",
          "{\"n\":\"5\",\"plan\":null}",
          "{\"n\":1e17,\"plan\":[\"a\"]}",
          "{\"n\":1e300,\"plan\":\"ü😀\"}",
          "{\"n\":0.0000000005,\"deep\":{\"n\":3,\"$\":true}}",
          "{\"n\":[5],\"deep\":[{\"n\":3}]}",
          "{\"n\":true,\"deep\":{\"n\":{\"n\":1}}}");

  private static final List<String> FILTERS =
      List.of(
          "{}",
          "{\"n\":5}",
          "{\"n\":{\"ne\":5}}",
          "{\"n\":{\"lt\":5.5,\"gte\":-2.5}}",
          "{\"n\":{\"gt\":-3,\"lte\":5}}",
          "{\"plan\":{\"in\":[\"a\",null,5,\"ü😀\"]}}",
          "{\"plan\":{\"ne\":\"a\"}}",
          "{\"plan\":null}",
          "{\"plan\":\"b\\\"; $x\"}",
          "{\"plan\":{\"exists\":true}}",
          "{\"plan\":{\"exists\":false},\"n\":{\"exists\":true}}",
          "{\"deep.n\":3}",
          "{\"deep.$\":true}",
          "{\"deep.n\":{\"ne\":3}}");

  private final PostgresSettings database = TestPostgres.freshDatabase();
  private final Pool pool = Postgres.pool(VERTX, database, "ingest", CONNECTIONS);
  private final EventStore store = new PgEventStore(pool);
  private final PgMeterStore definitions = new PgMeterStore(pool);
  private final PgMeterUpkeep upkeep = new PgMeterUpkeep(pool);

  private static Meter meter(String key, String json) {
    Problems problems = new Problems();
    Optional<MeterReader.MeterOrder> read = MeterReader.read(json, key, problems);
    assertThat(problems.errors()).isEmpty();
    return read.orElseThrow().meter();
  }

  private static Meter plain(String key) {
    return meter(key, "{\"event\":\"used\"}");
  }

  private static Meter filling(String key, String json) {
    return meter(key, "{\"backfill\":true," + json.substring(1));
  }

  private static NewEvent used(
      @Nullable String user, @Nullable String account, String properties, long occurredMs) {
    return new NewEvent(
        new TelemetryEvent(
            0,
            UUID.randomUUID(),
            "1.0.0",
            user,
            account,
            null,
            null,
            occurredMs,
            "used",
            properties,
            Set.of(),
            null,
            100),
        true,
        System.currentTimeMillis());
  }

  private static NewEvent used(String user) {
    return used(user, null, "{}", System.currentTimeMillis());
  }

  private MeterSet follow(Meter... meters) {
    return Await.result(definitions.follow(List.of(meters))).meters();
  }

  private Committed commit(MeterSet meters, NewEvent... events) {
    return Await.result(store.commit(List.of(events), meters));
  }

  private String value(String key, String subject, boolean ofAccount) {
    return Await.result(definitions.usage(new ReadUsage(key, subject, ofAccount)))
        .map(MeterUsage::value)
        .orElse("none");
  }

  private void backfill() {
    Await.until(
        "the backfill is done",
        Duration.ofSeconds(20),
        () -> Await.result(upkeep.backfill()) == Step.IDLE);
  }

  private MeterState state(String key) {
    return Await.result(definitions.list()).meters().stream()
        .filter(meter -> meter.key().equals(key))
        .findFirst()
        .orElseThrow();
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(TestPostgres.jdbcUrl(database));
  }

  private String sql(String query) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      if (!statement.execute(query)) {
        return "";
      }
      ResultSet rows = statement.getResultSet();
      return rows.next() ? String.valueOf(rows.getString(1)) : "none";
    } catch (SQLException e) {
      throw new AssertionError(query, e);
    }
  }

  private static List<Meter> someMeters(Random random, boolean backfill) {
    List<String> periods = List.of("lifetime", "month", "1d", "7d", "366d");
    return IntStream.range(0, 8)
        .mapToObj(
            i ->
                meter(
                    "m" + i,
                    "{\"event\":\"used\",\"backfill\":%s,\"filter\":%s%s,\"subject\":\"%s\",\"period\":\"%s\"}"
                        .formatted(
                            backfill,
                            FILTERS.get(random.nextInt(FILTERS.size())),
                            List.of("", ",\"sum\":\"n\"", ",\"sum\":\"deep.n\"")
                                .get(random.nextInt(3)),
                            random.nextBoolean() ? "user" : "account",
                            periods.get(random.nextInt(periods.size())))))
        .toList();
  }

  private static List<NewEvent> someEvents(Random random) {
    long now = System.currentTimeMillis();
    return IntStream.range(0, 60)
        .mapToObj(
            i ->
                new NewEvent(
                    used(
                            random.nextInt(6) == 0 ? null : "u" + random.nextInt(3),
                            random.nextInt(3) == 0 ? null : "a" + random.nextInt(2),
                            VALUES.get(random.nextInt(VALUES.size())),
                            now - (long) (random.nextDouble() * 31 * DAY_MS) + DAY_MS)
                        .event(),
                    random.nextInt(8) > 0,
                    now))
        .toList();
  }

  /** What the model says about every meter and subject of these events. */
  private static Map<String, BigDecimal> modelled(List<Meter> meters, List<NewEvent> events) {
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    Map<String, BigDecimal> values = new TreeMap<>();
    for (Meter meter : meters) {
      for (NewEvent event : events) {
        MeterModel.amount(meter, event)
            .filter(amount -> MeterModel.isCurrent(meter, MeterModel.bucket(meter, event), today))
            .ifPresent(
                amount ->
                    values.merge(
                        meter.key()
                            + " "
                            + Objects.requireNonNull(MeterModel.subject(meter, event)),
                        amount,
                        BigDecimal::add));
      }
    }
    values.replaceAll((key, value) -> value.stripTrailingZeros());
    return values;
  }

  private Map<String, BigDecimal> counted() {
    Map<String, BigDecimal> values = new TreeMap<>();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      ResultSet rows =
          statement.executeQuery(
              "SELECT meter || ' ' || subject, sum(value) FROM growth.usage WHERE is_current GROUP"
                  + " BY 1");
      while (rows.next()) {
        values.put(rows.getString(1), rows.getBigDecimal(2).stripTrailingZeros());
      }
      return values;
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private void deliver(MeterSet meters, List<NewEvent> events, Random random) {
    List<NewEvent> deliveries = new ArrayList<>(events);
    deliveries.addAll(events.subList(0, events.size() / 2));
    java.util.Collections.shuffle(deliveries, random);
    for (int from = 0; from < deliveries.size(); ) {
      int to = Math.min(deliveries.size(), from + 1 + random.nextInt(30));
      List<NewEvent> group = deliveries.subList(from, to).stream().distinct().toList();
      Await.result(store.commit(group, meters));
      from = to;
    }
  }

  @Property(tries = 12)
  void counters_are_what_plain_java_says_whatever_comes_in_whatever_order(@ForAll long seed) {
    Random random = new Random(seed);
    sql("TRUNCATE ingest.event, ingest.event_id, ingest.usage");
    sql("DELETE FROM ingest.meter");
    List<Meter> meters = someMeters(random, false);
    List<NewEvent> events = someEvents(random);
    deliver(follow(meters.toArray(Meter[]::new)), events, random);

    assertThat(counted()).isEqualTo(modelled(meters, events));
  }

  @Property(tries = 12)
  void earlier_events_are_counted_as_if_the_meters_had_been_there(@ForAll long seed) {
    Random random = new Random(seed);
    sql("TRUNCATE ingest.event, ingest.event_id, ingest.usage");
    sql("DELETE FROM ingest.meter");
    List<Meter> meters = someMeters(random, true);
    List<NewEvent> events = someEvents(random);
    deliver(follow(), events.subList(0, 40), random);
    MeterSet defined = follow(meters.toArray(Meter[]::new));
    deliver(defined, events.subList(40, 60), random);
    backfill();

    assertThat(counted()).isEqualTo(modelled(meters, events));
  }

  @Test
  void the_values_of_several_meters_come_in_one_read_each_of_its_own_kind_and_period() {
    MeterSet meters =
        follow(
            new Meter("all", "used"),
            meter("ofAccount", MeterSubject.ACCOUNT, MeterPeriod.LIFETIME),
            meter("recent", MeterSubject.USER, new MeterPeriod(7)),
            new Meter("never", "other"));
    long now = System.currentTimeMillis();
    commit(
        meters,
        used("ada", "acme", "{}", now),
        used("ada", "acme", "{}", now - 20 * DAY_MS),
        used("bob", "acme", "{}", now));
    List<String> keys = List.of("all", "ofAccount", "recent", "never", "unknown");

    assertThat(Await.result(definitions.usages(new ReadUsages("ada", "acme", keys))).values())
        .isEqualTo(Map.of("all", "2", "ofAccount", "3", "recent", "1", "never", "0"));
    assertThat(Await.result(definitions.usages(new ReadUsages("eve", null, keys))).values())
        .isEqualTo(Map.of("all", "0", "recent", "0", "never", "0"));
    assertThat(Await.result(definitions.usages(new ReadUsages(null, "acme", keys))).values())
        .isEqualTo(Map.of("ofAccount", "3"));
  }

  @Test
  void a_sample_of_users_has_each_who_has_a_counter_or_an_event_once_and_says_of_how_many() {
    MeterSet meters = follow(new Meter("all", "used"));
    for (int i = 0; i < 30; i++) {
      commit(meters, used("u" + i % 20));
    }
    commit(follow(), used("without-counter"));

    UserSample some = Await.result(definitions.sample(5));
    UserSample all = Await.result(definitions.sample(100));

    assertThat(some.userIds()).hasSize(5).doesNotHaveDuplicates();
    assertThat(some.known()).isEqualTo(21);
    assertThat(some.more()).isFalse();
    assertThat(all.userIds())
        .hasSize(21)
        .contains("without-counter")
        .startsWith(some.userIds().toArray(String[]::new));
  }

  private static Meter meter(String key, MeterSubject subject, MeterPeriod period) {
    return new Meter(key, "used", List.of(), null, subject, period, false);
  }

  @Test
  void a_backfill_during_commits_from_two_stores_counts_every_event_once() {
    MeterSet before = follow(plain("other"));
    List<NewEvent> events = new ArrayList<>();
    Random random = new Random(5);
    for (int i = 0; i < 3_000; i++) {
      events.add(used("u" + random.nextInt(20)));
    }
    Pool second = Postgres.pool(VERTX, database, "ingest", CONNECTIONS);
    List<EventStore> stores = List.of(store, new PgEventStore(second));
    AtomicBoolean refused = new AtomicBoolean();
    List<Future<?>> writers = new ArrayList<>();
    for (int writer = 0; writer < 4; writer++) {
      writers.add(write(stores.get(writer % 2), events, writer * 600, before, refused));
    }
    Await.until(
        "some are stored",
        Duration.ofSeconds(20),
        () -> Integer.parseInt(sql("SELECT count(*) FROM ingest.event")) > 100);
    follow(plain("other"), filling("late", "{\"event\":\"used\"}"));
    backfill();
    Await.result(Future.all(writers));

    assertThat(refused).isTrue();
    assertThat(
            sql(
                """
                SELECT count(*) FROM (
                  SELECT user_id, count(DISTINCT event_id) AS stored FROM ingest.event GROUP BY user_id
                ) e FULL JOIN (SELECT user_id, count FROM growth.usage_counter WHERE meter = 'late') c USING (user_id)
                WHERE stored IS DISTINCT FROM count
                """))
        .isEqualTo("0");
    assertThat(sql("SELECT sum(count)::int8 FROM growth.usage_counter WHERE meter = 'late'"))
        .isEqualTo(sql("SELECT count(*) FROM ingest.event"))
        .isEqualTo("3000");
    assertThat(sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
        .isEqualTo("0");
    second.close();
  }

  /** Commits a share of the events, overlapping with the others', in groups of fifty. */
  private Future<?> write(
      EventStore into, List<NewEvent> events, int from, MeterSet meters, AtomicBoolean refused) {
    Future<MeterSet> done = Future.succeededFuture(meters);
    for (int at = from; at < from + 1_200; at += 50) {
      List<NewEvent> group = events.subList(at, at + 50);
      done =
          done.compose(
              current ->
                  into.commit(group, current)
                      .map(current)
                      .recover(
                          failure -> {
                            refused.set(true);
                            return definitions
                                .read()
                                .compose(now -> into.commit(group, now).map(now));
                          }));
    }
    return done;
  }

  @Test
  void a_backfill_waits_for_a_commit_that_was_let_in_before_the_meter() throws SQLException {
    MeterSet before = follow(plain("other"));
    commit(before, used("ada"));
    try (Connection open = connect();
        Statement statement = open.createStatement()) {
      open.setAutoCommit(false);
      ResultSet letIn =
          statement.executeQuery("SELECT ingest.counts_under(" + before.revision() + ")");
      letIn.next();
      assertThat(letIn.getBoolean(1)).isTrue();

      follow(plain("other"), filling("late", "{\"event\":\"used\"}"));
      assertThat(Await.result(upkeep.backfill())).isEqualTo(Step.ADVANCED);
      assertThat(Await.result(upkeep.backfill())).isEqualTo(Step.WAITING);
      statement.execute(
          """
          INSERT INTO ingest.event (event_id, name, user_id, schema_version, occurred_at, sender_occurred_at,
                                    received_at, verified, properties, meters_revision)
          SELECT gen_random_uuid(), name, user_id, schema_version, occurred_at, sender_occurred_at,
                 received_at, verified, properties, meters_revision FROM ingest.event
          """);
      assertThat(Await.result(upkeep.backfill())).isEqualTo(Step.WAITING);
      open.commit();
    }
    backfill();

    assertThat(value("late", "ada", false)).isEqualTo("2");
  }

  @Test
  void a_backfill_that_is_interrupted_anywhere_goes_on_where_it_was() {
    MeterSet before = follow();
    long now = System.currentTimeMillis();
    for (int i = 0; i < 4; i++) {
      NewEvent event = used("u" + i, null, "{\"n\":2}", now);
      commit(before, new NewEvent(event.event(), true, now - i * DAY_MS));
    }
    follow(filling("late", "{\"event\":\"used\",\"sum\":\"n\"}"));
    List<String> states = new ArrayList<>();
    Await.until(
        "it is done",
        Duration.ofSeconds(20),
        () -> {
          // Two nodes at once, one of which dies in the middle of its step.
          Pool dying = Postgres.pool(VERTX, database, "ingest", 1);
          Future<Step> lost = new PgMeterUpkeep(dying).backfill();
          sql(
              "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                  + " WHERE datname = current_database() AND query LIKE '%meter_backfill%'"
                  + " AND pid <> pg_backend_pid() AND state = 'active'");
          lost.otherwiseEmpty().toCompletionStage().toCompletableFuture().join();
          dying.close();
          Step step = Await.result(upkeep.backfill());
          states.add(Objects.requireNonNull(state("late").backfill()).state());
          return step == Step.IDLE && state("late").backfill().state().equals("done");
        });

    assertThat(states).contains("done");
    assertThat(state("late").backfill()).isEqualTo(new MeterState.Backfill("done", 4, 4));
    assertThat(
            sql(
                "SELECT string_agg(subject || value::int4, ',' ORDER BY subject) FROM"
                    + " growth.usage"))
        .isEqualTo("u02,u12,u22,u32");
  }

  @Test
  void a_meter_that_counts_something_else_is_refused_unless_it_may_begin_anew() {
    MeterSet first =
        Await.result(definitions.put(meter("m", "{\"event\":\"used\"}"), false, null, "operator"))
            .meters();
    commit(first, used("ada", null, "{\"n\":5}", System.currentTimeMillis()));
    Meter summing = filling("m", "{\"event\":\"used\",\"sum\":\"n\"}");

    assertThat(Await.failure(definitions.put(summing, false, null, "operator")))
        .isInstanceOfSatisfying(
            RoomException.class, e -> assertThat(e.code()).isEqualTo("meter_differs"));
    assertThat(value("m", "ada", false)).isEqualTo("1");

    MeterSet second = Await.result(definitions.put(summing, true, null, "operator")).meters();
    commit(second, used("ada", null, "{\"n\":7}", System.currentTimeMillis()));
    assertThat(value("m", "ada", false)).isEqualTo("7");
    backfill();
    assertThat(value("m", "ada", false)).isEqualTo("12");
    Await.until(
        "the retired counters are gone",
        Duration.ofSeconds(20),
        () -> {
          Await.result(upkeep.prune());
          return sql("SELECT count(*) FROM ingest.meter WHERE retired").equals("0");
        });
    assertThat(sql("SELECT count(*) FROM ingest.usage")).isEqualTo("1");
  }

  @Test
  void an_order_that_is_repeated_changes_nothing_and_one_for_another_revision_is_refused() {
    Meter meter = filling("m", "{\"event\":\"used\"}");
    long revision =
        Await.result(definitions.put(meter, false, null, "operator")).meters().revision();
    backfill();

    assertThat(Await.result(definitions.put(meter, false, revision, "operator")).changed())
        .isFalse();
    assertThat(Await.result(upkeep.backfill())).isEqualTo(Step.IDLE);
    assertThat(Await.failure(definitions.put(plain("n"), false, revision - 1, "operator")))
        .isInstanceOfSatisfying(
            RoomException.class, e -> assertThat(e.code()).isEqualTo("revision_mismatch"));
  }

  @Test
  void the_file_leaves_what_an_operator_has_defined() {
    Await.result(
        definitions.put(
            meter("m", "{\"event\":\"used\",\"period\":\"month\"}"), true, null, "operator"));
    MeterSet after = follow(plain("m"), plain("n"));

    assertThat(after.meters())
        .extracting(counted -> counted.meter().period())
        .containsExactly(MeterPeriod.MONTH, MeterPeriod.LIFETIME);
    assertThat(follow(plain("m")).meters()).hasSize(1);
    assertThat(Await.result(definitions.delete("m", null, "operator")).meters().meters()).isEmpty();
  }

  @Test
  void a_late_event_moves_the_month_in_which_it_happened_and_announces_nothing() {
    MeterSet meters = follow(meter("m", "{\"event\":\"used\",\"period\":\"month\"}"));
    long now = System.currentTimeMillis();
    commit(meters, used("ada"));
    Committed late = commit(meters, used("ada", null, "{}", now - 32 * DAY_MS));

    assertThat(late.readings()).isEmpty();
    assertThat(value("m", "ada", false)).isEqualTo("1");
    assertThat(sql("SELECT count(*) FROM growth.usage WHERE subject = 'ada'")).isEqualTo("2");
    assertThat(sql("SELECT count FROM growth.usage_counter WHERE user_id = 'ada'")).isEqualTo("1");
  }

  @Test
  void a_reading_of_the_last_days_is_the_sum_of_the_window_and_days_behind_it_are_removed() {
    MeterSet meters = follow(meter("m", "{\"event\":\"used\",\"period\":\"7d\"}"));
    long now = System.currentTimeMillis();
    commit(meters, used("ada", null, "{}", now - 3 * DAY_MS));
    commit(meters, used("ada", null, "{}", now - 9 * DAY_MS));
    Committed today =
        commit(meters, used("ada", null, "{}", now), used("ada", null, "{}", now - 6 * DAY_MS));

    long block = now / DAY_MS / 7 * 7 * DAY_MS;
    assertThat(today.readings()).containsExactly(new MeterReading("ada", "m", 3, block, now));
    assertThat(sql("SELECT count FROM growth.usage_counter")).isEqualTo("3");
    Await.result(upkeep.prune());
    assertThat(sql("SELECT count(*) FROM ingest.usage")).isEqualTo("3");
  }

  @Test
  void a_reading_of_a_month_says_which_and_when_its_newest_event_happened() {
    MeterSet meters = follow(meter("m", "{\"event\":\"used\",\"period\":\"month\"}"));
    long now = System.currentTimeMillis();
    long month =
        LocalDate.ofInstant(Instant.ofEpochMilli(now), ZoneOffset.UTC)
                .withDayOfMonth(1)
                .toEpochDay()
            * DAY_MS;
    commit(meters, used("ada", null, "{}", now));
    Committed late =
        commit(meters, used("ada", null, "{}", month), used("ada", null, "{}", month + 5));

    assertThat(late.readings()).containsExactly(new MeterReading("ada", "m", 3, month, month + 5));
    assertThat(sql("SELECT rearmed_on = period_start FROM growth.usage")).isEqualTo("t");
  }

  @Test
  void an_event_of_tomorrow_is_looked_at_when_tomorrow_comes() {
    MeterSet meters = follow(meter("m", "{\"event\":\"used\",\"period\":\"7d\"}"));
    long tomorrowMs = System.currentTimeMillis() + DAY_MS;
    assertThat(commit(meters, used("ada", null, "{}", tomorrowMs)).readings()).isEmpty();

    LocalDate tomorrow = LocalDate.ofInstant(Instant.ofEpochMilli(tomorrowMs), ZoneOffset.UTC);
    assertThat(sql("SELECT (changed_at AT TIME ZONE 'UTC')::date FROM ingest.usage"))
        .isEqualTo(tomorrow.toString());
  }

  @Test
  void an_account_is_counted_for_itself_and_told_to_nobody() {
    MeterSet meters = follow(meter("m", "{\"event\":\"used\",\"subject\":\"account\"}"));
    Committed committed =
        commit(
            meters,
            used("ada", "acme", "{}", System.currentTimeMillis()),
            used(null, "acme", "{}", System.currentTimeMillis()),
            used("ada"));

    assertThat(committed.readings()).isEmpty();
    assertThat(value("m", "acme", true)).isEqualTo("2");
    assertThat(value("m", "acme", false)).isEqualTo("none");
    assertThat(sql("SELECT count(*) FROM growth.usage_counter")).isEqualTo("0");
    assertThat(meters.meters().get(0).meter().subject()).isEqualTo(MeterSubject.ACCOUNT);
  }

  @Test
  void a_sum_stays_exact_and_small_whatever_numbers_are_sent() {
    MeterSet meters = follow(meter("m", "{\"event\":\"used\",\"sum\":\"n\"}"));
    long now = System.currentTimeMillis();
    for (String number :
        List.of(
            "0.1", "0.2", "-0.05", "1e130000", "-1e18", "1e18", "1e-16000", "1e19", "9e99999")) {
      commit(meters, used("ada", null, "{\"n\":" + number + "}", now));
    }
    assertThat(value("m", "ada", false)).isEqualTo("0.25");
    assertThat(sql("SELECT pg_column_size(amount) < 40 FROM ingest.usage")).isEqualTo("t");
  }

  @Test
  void a_sum_below_one_announces_nothing() {
    MeterSet meters = follow(meter("m", "{\"event\":\"used\",\"sum\":\"n\"}"));
    long now = System.currentTimeMillis();

    assertThat(commit(meters, used("ada", null, "{\"n\":-3}", now)).readings()).isEmpty();
    assertThat(commit(meters, used("ada", null, "{\"n\":5.7}", now)).readings())
        .containsExactly(new MeterReading("ada", "m", 2, null, now));
  }

  @Test
  void groups_of_many_meters_and_shared_users_at_the_same_time_never_deadlock() {
    MeterSet meters =
        follow(
            plain("a"),
            meter("b", "{\"event\":\"used\",\"period\":\"7d\"}"),
            meter("c", "{\"event\":\"used\",\"subject\":\"account\",\"period\":\"month\"}"));
    Random random = new Random(3);
    long now = System.currentTimeMillis();
    List<Future<Committed>> commits = new ArrayList<>();
    for (int group = 0; group < 80; group++) {
      commits.add(
          store.commit(
              IntStream.range(0, 60)
                  .mapToObj(
                      i ->
                          used(
                              "u" + random.nextInt(8),
                              "a" + random.nextInt(4),
                              "{}",
                              now - random.nextInt(9) * DAY_MS))
                  .toList(),
              meters));
    }
    Await.result(Future.all(commits));

    assertThat(sql("SELECT sum(value)::int8 FROM growth.usage WHERE meter = 'c'"))
        .isEqualTo("4800");
    assertThat(sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
        .isEqualTo("0");
  }

  @Test
  void a_commit_is_one_statement_whatever_the_meters_are() {
    MeterSet meters =
        follow(
            plain("a"),
            meter(
                "b", "{\"event\":\"used\",\"period\":\"7d\",\"filter\":{\"n\":1},\"sum\":\"n\"}"));
    // The first one of a day makes room for it.
    commit(meters, used("ada"));
    List<String> calls = new CopyOnWriteArrayList<>();
    Pool counting =
        (Pool)
            Proxy.newProxyInstance(
                Pool.class.getClassLoader(),
                new Class<?>[] {Pool.class},
                (proxy, method, arguments) -> {
                  calls.add(method.getName());
                  return method.invoke(pool, arguments);
                });
    NewEvent event = used("ada", null, "{\"n\":1}", System.currentTimeMillis());
    Await.result(new PgEventStore(counting).commit(List.of(event, used("bob")), meters));
    Await.result(new PgEventStore(counting).commit(List.of(event), meters));

    assertThat(calls).containsExactly("preparedQuery", "preparedQuery");
  }

  @Test
  void counters_from_before_the_definitions_are_taken_over_by_a_plain_meter() {
    sql(
        "INSERT INTO ingest.meter (key, subject, period, source, revision) VALUES ('m', 'user', 0,"
            + " 'file', 0)");
    sql(
        "INSERT INTO ingest.usage SELECT meter_id, 'ada', '-infinity', 41, now() FROM"
            + " ingest.meter");
    MeterSet meters = follow(filling("m", "{\"event\":\"used\"}"));
    commit(meters, used("ada"));
    backfill();

    assertThat(value("m", "ada", false)).isEqualTo("42");
  }
}
