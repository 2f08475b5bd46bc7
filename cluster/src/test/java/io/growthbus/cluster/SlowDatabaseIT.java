package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens while every answer of the database takes a second longer. */
class SlowDatabaseIT {
  private static final Extent EXTENT = Extent.asked();
  private static final long DELAY_MS = 1_000;
  private static final Duration RETURN = Duration.ofSeconds(10);
  private static final int MORE = 500;

  private static final Deque<AutoCloseable> STARTED = new ArrayDeque<>();

  @TempDir static Path folder;
  private static MortalPostgres postgres;
  private static SlowProxy proxy;
  private static NodeProcess node;

  @BeforeAll
  static void start() throws Exception {
    postgres = new MortalPostgres(folder);
    STARTED.push(postgres);
    proxy = new SlowProxy(postgres.port());
    STARTED.push(proxy);
    node =
        NodeProcess.run(
            Map.of(
                "GROWTHBUS_CONF", "../conf",
                "GROWTHBUS_HTTP_PORT", "0",
                "GROWTHBUS_OPS_PORT", "0",
                "GROWTHBUS_PG_URI",
                    "postgresql://growthbus@127.0.0.1:" + proxy.port() + "/growthbus",
                "GROWTHBUS_INGEST_QUEUE_EVENTS", "500"));
    STARTED.push(node);
  }

  @AfterAll
  static void stop() throws Exception {
    proxy.delay(0);
    while (!STARTED.isEmpty()) {
      STARTED.pop().close();
    }
  }

  @Test
  void what_was_admitted_is_durable_what_was_not_is_told_so_and_the_rest_of_the_node_goes_on()
      throws Exception {
    try (Load load = Load.start(40, node::app)) {
      load.awaitMore(MORE);
      proxy.delay(DELAY_MS);
      Await.until(
          "the queue is full",
          Duration.ofSeconds(60),
          () -> load.failures().stream().anyMatch(answer -> answer.contains("overloaded")));
      long slowSince = System.nanoTime();
      Await.until(
          "the time is over",
          EXTENT.slow().plusSeconds(1),
          () -> System.nanoTime() - slowSince > EXTENT.slow().toNanos());
      assertThat(Http.get(node.app() + "/api/flags/definitions").statusCode()).isEqualTo(200);
      assertThat(Http.get(node.app() + "/api/billing/entitlements/user-1").statusCode())
          .isEqualTo(200);
      assertThat(Http.get(node.ops() + "/health/live").statusCode()).isEqualTo(200);
      proxy.delay(0);
      long back = load.awaitGoodAfter(System.nanoTime());
      load.awaitMore(MORE);
      load.finish();
      new Oracle(postgres.jdbcUrl()).check(load.acknowledged());
      System.out.printf(
          "FAULTS slow: %d answers of 200 while answers took %d ms longer, first 200 after %d ms%n",
          goodBetween(load.answers(), slowSince, EXTENT.slow()), DELAY_MS, back);
      assertThat(back).isLessThanOrEqualTo(RETURN.toMillis());
      assertThat(node.isAlive()).isTrue();
    }
  }

  private static long goodBetween(List<Load.Answer> answers, long sinceNanos, Duration most) {
    return answers.stream()
        .filter(Load.Answer::isGood)
        .map(answer -> answer.atNanos() - sinceNanos)
        .filter(nanos -> nanos > 0 && nanos < most.toNanos())
        .count();
  }
}
