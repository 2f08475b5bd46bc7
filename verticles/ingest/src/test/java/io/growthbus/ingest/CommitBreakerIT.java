package io.growthbus.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CommitBreakerIT {
  private static final Vertx VERTX = Vertx.vertx();
  private static final Duration SOON = Duration.ofSeconds(10);

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final AtomicInteger probes = new AtomicInteger();
  private final AtomicInteger changes = new AtomicInteger();
  private volatile boolean away = true;
  private final CommitBreaker breaker =
      new CommitBreaker(VERTX, this::probe, nanos::get, changes::incrementAndGet);

  private Future<Void> probe() {
    probes.incrementAndGet();
    return away ? Future.failedFuture("away") : Future.succeededFuture();
  }

  @AfterEach
  void end() {
    breaker.end();
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private void failTimes(int times) {
    for (int i = 0; i < times; i++) {
      breaker.failed();
    }
  }

  private void awaitHalfOpen() {
    away = false;
    Await.until("the database is found to be back", SOON, () -> !breaker.isOpen());
  }

  @Test
  void it_opens_at_the_fifth_failure_in_a_row() {
    failTimes(4);
    breaker.succeeded();
    failTimes(4);
    assertThat(breaker.isOpen()).isFalse();
    assertThat(breaker.mayBegin()).isTrue();
    assertThat(changes).hasValue(0);

    failTimes(1);
    assertThat(breaker.isOpen()).isTrue();
    assertThat(breaker.mayBegin()).isFalse();
    assertThat(changes).hasValue(1);
  }

  @Test
  void it_asks_by_itself_until_the_database_answers_and_then_lets_one_commit_try() {
    breaker.open();
    Await.until("it has asked twice", SOON, () -> probes.get() >= 2);
    assertThat(breaker.isOpen()).isTrue();
    awaitHalfOpen();

    assertThat(breaker.isClosed()).isFalse();
    assertThat(breaker.mayBegin()).isTrue();
    breaker.begun();
    assertThat(breaker.mayBegin()).isFalse();
    breaker.succeeded();
    assertThat(breaker.isClosed()).isTrue();
    assertThat(breaker.mayBegin()).isTrue();
  }

  @Test
  void a_trial_that_fails_opens_it_again() {
    breaker.open();
    awaitHalfOpen();
    away = true;
    breaker.begun();
    breaker.failed();

    assertThat(breaker.isOpen()).isTrue();
    awaitHalfOpen();
    assertThat(breaker.mayBegin()).isTrue();
  }

  @Test
  void it_warns_when_it_was_open_for_more_than_ten_seconds_and_not_when_somebody_may_try() {
    assertThat(breaker.warning()).isEmpty();
    breaker.open();
    pass(Duration.ofSeconds(10));
    assertThat(breaker.warning()).isEmpty();
    pass(Duration.ofSeconds(2));
    assertThat(breaker.warning()).contains("PostgreSQL has taken no events for 12 s");

    awaitHalfOpen();
    assertThat(breaker.warning()).isEmpty();
    away = true;
    breaker.failed();
    assertThat(breaker.warning()).as("the outage goes on").isPresent();
    breaker.succeeded();
    assertThat(breaker.warning()).isEmpty();
  }
}
