package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.Await;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to telemetry when nodes and the database fail while it arrives. */
class FaultsIT {
  private static final Extent EXTENT = Extent.asked();
  private static final Duration RETURN = Duration.ofSeconds(10);
  private static final Duration REFUSAL = Duration.ofMillis(50);
  private static final int MORE = 500;
  private static final int REFUSALS = 50;
  private static final double MOST_MEMORY = 1.3;

  private static final Deque<AutoCloseable> STARTED = new ArrayDeque<>();

  @TempDir static Path folder;
  private static MortalPostgres postgres;
  private static ThreeNodes nodes;

  @BeforeAll
  static void startDatabaseAndNodes() throws Exception {
    postgres = new MortalPostgres(folder);
    STARTED.push(postgres);
    nodes =
        new ThreeNodes(
            Map.of(
                "GROWTHBUS_CONF", "../conf",
                "GROWTHBUS_DATA_DIR", folder.resolve("data").toString(),
                "GROWTHBUS_HTTP_PORT", "0",
                "GROWTHBUS_OPS_PORT", "0",
                "GROWTHBUS_PG_URI", postgres.uri(),
                "GROWTHBUS_INGEST_QUEUE_EVENTS", "500",
                // A heap of one size that is there from the start: what grows then is a leak.
                "JAVA_TOOL_OPTIONS", "-Xms192m -Xmx192m -XX:+AlwaysPreTouch"));
    STARTED.push(nodes);
  }

  @AfterAll
  static void stopAll() throws Exception {
    while (!STARTED.isEmpty()) {
      STARTED.pop().close();
    }
  }

  private static Load load() {
    Load load = Load.start(6, nodes::anyApp);
    load.awaitMore(MORE);
    return load;
  }

  /** Nothing lost, nothing twice, and nobody had to start a node again. */
  private static void check(Load load) throws Exception {
    load.awaitMore(MORE);
    load.finish();
    new Oracle(postgres.jdbcUrl()).check(load.acknowledged());
  }

  private static void report(String what, Object... figures) {
    System.out.printf("FAULTS " + what + "%n", figures);
  }

  private static List<Long> pids() {
    return nodes.all().stream().map(NodeProcess::pid).toList();
  }

  @Test
  void connections_that_are_killed_again_and_again_lose_nothing_and_deadlock_nobody()
      throws Exception {
    try (Load load = load()) {
      long end = System.nanoTime() + EXTENT.connectionKills().toNanos();
      int killed = 0;
      while (System.nanoTime() < end) {
        killed += postgres.killConnections();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(150));
      }
      check(load);
      report(
          "connections: %d killed, %d requests failed of %d, %d events acknowledged",
          killed, load.failures().size(), load.requests(), load.acknowledged().size());
      assertThat(killed).isPositive();
    }
  }

  @Test
  void a_database_that_crashes_and_comes_back_is_used_again_within_ten_seconds() throws Exception {
    List<Long> before = pids();
    List<Long> returns = new ArrayList<>();
    try (Load load = load()) {
      for (int i = 0; i < EXTENT.databaseRestarts() + EXTENT.databaseKills(); i++) {
        if (i < EXTENT.databaseRestarts()) {
          postgres.crash();
        } else {
          postgres.kill();
        }
        postgres.start();
        returns.add(load.awaitGoodAfter(System.nanoTime()));
        load.awaitMore(MORE);
      }
      check(load);
      report(
          "database: first 200 after %s ms, %d requests failed of %d, %d events acknowledged",
          returns, load.failures().size(), load.requests(), load.acknowledged().size());
    }
    assertThat(returns).allMatch(ms -> ms <= RETURN.toMillis());
    assertThat(pids()).as("no node was started again").isEqualTo(before);
    assertThat(nodes.all()).allMatch(NodeProcess::isAlive);
  }

  @Test
  void nodes_that_are_killed_lose_nothing_and_the_others_go_on_at_once() throws Exception {
    List<Long> errors = new ArrayList<>();
    try (Load load = load()) {
      for (int i = 0; i < EXTENT.nodeKills(); i++) {
        int victim = nodes.randomIndex();
        List<String> others = nodes.appsWithout(victim);
        long killedAt = System.nanoTime();
        nodes.kill(victim);
        load.awaitMore(MORE);
        nodes.restart(victim);
        errors.add(lastErrorOf(others, load, killedAt));
        load.awaitMore(MORE);
      }
      check(load);
      report(
          "nodes: last error of the others %s ms after a kill (0 = none), %d requests failed of %d,"
              + " %d events acknowledged",
          errors, load.failures().size(), load.requests(), load.acknowledged().size());
      assertThat(errors).allMatch(ms -> ms <= 5_000);
    }
  }

  private static long lastErrorOf(List<String> apps, Load load, long sinceNanos) {
    return load.answers().stream()
        .filter(answer -> apps.contains(answer.target()) && !answer.isGood())
        .mapToLong(answer -> TimeUnit.NANOSECONDS.toMillis(answer.atNanos() - sinceNanos))
        .filter(ms -> ms >= 0)
        .max()
        .orElse(0);
  }

  @Test
  void a_database_that_hangs_costs_refusals_at_once_and_no_memory_and_is_used_again_when_it_wakes()
      throws Exception {
    NodeProcess node = nodes.get(0);
    try (Load load = load()) {
      long memory = memoryKib(node);
      long frozenAt = System.nanoTime();
      postgres.freeze();
      try (Load crowd = Load.start(40, node::app)) {
        Await.until(
            "the queue is full",
            Duration.ofSeconds(60),
            () -> crowd.failures().stream().anyMatch(answer -> answer.contains("overloaded")));
        List<Long> full = refusals(node, "overloaded");
        List<Long> open = refusals(node, "store_unavailable");
        Await.until(
            "the time is over",
            EXTENT.freeze().plusSeconds(1),
            () -> System.nanoTime() - frozenAt > EXTENT.freeze().toNanos());
        if (EXTENT.freeze().toSeconds() > 20) {
          assertThat(Http.get(node.ops() + "/health/ready").body()).contains("has taken no events");
        }
        assertThat(Http.get(node.ops() + "/health/live").statusCode()).isEqualTo(200);
        long after = memoryKib(node);
        postgres.thaw();
        long back = load.awaitGoodAfter(System.nanoTime());
        crowd.finish();
        check(load);
        new Oracle(postgres.jdbcUrl()).check(crowd.acknowledged());
        report(
            "freeze: refusal in %s when full and %s when open (µs: median, greatest), first 200"
                + " after %d ms, memory %d -> %d KiB, %d events acknowledged",
            summary(full), summary(open), back, memory, after, load.acknowledged().size());
        assertThat(median(full)).isLessThanOrEqualTo(REFUSAL.toNanos() / 1_000);
        assertThat(median(open)).isLessThanOrEqualTo(REFUSAL.toNanos() / 1_000);
        assertThat(back).isLessThanOrEqualTo(RETURN.toMillis());
        assertThat((double) after).isLessThanOrEqualTo(MOST_MEMORY * memory);
      }
    } finally {
      postgres.thaw();
    }
  }

  /** How long single requests take, in µs, that are refused with this code. */
  private static List<Long> refusals(NodeProcess node, String code) {
    List<Long> micros = new ArrayList<>();
    String body = Events.projectsCreated("user-0", 20).encode();
    Await.until(
        REFUSALS + " requests are refused with " + code,
        Duration.ofSeconds(60),
        () -> {
          try {
            long start = System.nanoTime();
            HttpResponse<String> answer = Http.post(node.app() + "/api/telemetry/ingest", body);
            if (answer.statusCode() == 503 && answer.body().contains("\"" + code + "\"")) {
              assertThat(answer.headers().firstValue("Retry-After")).isPresent();
              micros.add(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - start));
            }
          } catch (IOException e) {
            throw new AssertionError(e);
          }
          return micros.size() >= REFUSALS;
        });
    return micros;
  }

  private static long median(List<Long> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static String summary(List<Long> values) {
    return median(values) + ", " + values.stream().max(Long::compare).orElseThrow();
  }

  private static long memoryKib(NodeProcess node) throws IOException {
    Process ps = new ProcessBuilder("ps", "-o", "rss=", "-p", String.valueOf(node.pid())).start();
    return Long.parseLong(
        new String(ps.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
  }

  @Test
  void while_the_disk_is_full_senders_are_told_to_repeat_and_everything_else_goes_on()
      throws Exception {
    String app = nodes.get(1).app();
    try (Load load = load()) {
      postgres.execute(
          """
          CREATE OR REPLACE FUNCTION public.full_disk() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
          CREATE TRIGGER full_disk BEFORE INSERT ON ingest.event
          FOR EACH STATEMENT EXECUTE FUNCTION public.full_disk();
          """);
      List<Long> refused = refusals(nodes.get(1), "store_unavailable");
      assertThat(Http.get(app + "/api/admin/events?limit=5").statusCode()).isEqualTo(200);
      assertThat(Http.get(app + "/api/flags/definitions").statusCode()).isEqualTo(200);
      postgres.execute("DROP TRIGGER full_disk ON ingest.event");
      long back = load.awaitGoodAfter(System.nanoTime());
      check(load);
      report("full disk: refused in %s µs, first 200 after %d ms", summary(refused), back);
      assertThat(back).isLessThanOrEqualTo(RETURN.toMillis());
    }
  }
}
