package io.growthbus.cluster;

import io.growthbus.shared.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Senders that behave like the SDK: a batch is repeated with the same ids until it is acknowledged.
 * Every second batch is sent again after that, as an impatient network would.
 */
final class Load implements AutoCloseable {
  private static final int USERS = 200;
  private static final int BATCH = 20;

  private final Supplier<String> target;
  private final Set<UUID> acknowledged = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Answer> answers = new ConcurrentLinkedQueue<>();
  private final AtomicInteger requests = new AtomicInteger();
  private final List<Thread> senders = new ArrayList<>();
  private volatile boolean ending;

  /**
   * The end of a request.
   *
   * @param target the node that was asked
   * @param status of HTTP; 0 = no answer
   * @param atNanos when, by {@link System#nanoTime()}
   */
  record Answer(String target, int status, long atNanos) {
    boolean isGood() {
      return status == 200;
    }
  }

  private Load(Supplier<String> target) {
    this.target = target;
  }

  /**
   * Starts sending.
   *
   * @param target address of a node, asked anew for each request
   */
  static Load start(int senders, Supplier<String> target) {
    Load load = new Load(target);
    for (int i = 0; i < senders; i++) {
      Thread sender = new Thread(load::send, "sender-" + i);
      sender.setDaemon(true);
      load.senders.add(sender);
      sender.start();
    }
    return load;
  }

  /** Ids of events that a node has acknowledged so far. */
  Set<UUID> acknowledged() {
    return new HashSet<>(acknowledged);
  }

  /** Requests that were not answered with 200, as text; repetitions made good for each of them. */
  List<String> failures() {
    return List.copyOf(failures);
  }

  /** All answers so far, in the order of their arrival. */
  List<Answer> answers() {
    return List.copyOf(answers);
  }

  /** Waits for the first 200 to a request that ends after this moment; how long after it, in ms. */
  long awaitGoodAfter(long atNanos) {
    Await.until(
        "a batch is acknowledged", Duration.ofSeconds(60), () -> firstGood(atNanos).isPresent());
    return TimeUnit.NANOSECONDS.toMillis(firstGood(atNanos).orElseThrow().atNanos() - atNanos);
  }

  private Optional<Answer> firstGood(long atNanos) {
    return answers.stream()
        .filter(answer -> answer.isGood() && answer.atNanos() - atNanos > 0)
        .findFirst();
  }

  int requests() {
    return requests.get();
  }

  /** Waits until so many more events are acknowledged. */
  void awaitMore(int events) {
    int enough = acknowledged.size() + events;
    try {
      Await.until(
          events + " more events are acknowledged",
          Duration.ofSeconds(60),
          () -> acknowledged.size() >= enough);
    } catch (AssertionError e) {
      throw new AssertionError(
          "only "
              + acknowledged.size()
              + " events after "
              + requests
              + " requests; failures: "
              + failures,
          e);
    }
  }

  /** Stops sending; a batch under way is repeated until it is acknowledged. */
  void finish() {
    ending = true;
    for (Thread sender : senders) {
      try {
        sender.join(TimeUnit.SECONDS.toMillis(30));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (sender.isAlive()) {
        throw new AssertionError("a batch is never acknowledged; last failures: " + failures);
      }
    }
  }

  @Override
  public void close() {
    ending = true;
    senders.forEach(Thread::interrupt);
  }

  private void send() {
    while (!ending) {
      JsonArray events = new JsonArray();
      Set<UUID> ids = new HashSet<>();
      for (int i = 0; i < BATCH; i++) {
        JsonObject event =
            Events.projectCreated("user-" + ThreadLocalRandom.current().nextInt(USERS));
        events.add(event);
        ids.add(UUID.fromString(event.getString("event_id")));
      }
      String body = new JsonObject().put("batch", events).encode();
      while (!posted(body)) {
        if (Thread.currentThread().isInterrupted()) {
          return;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
      }
      acknowledged.addAll(ids);
      if (ThreadLocalRandom.current().nextBoolean()) {
        posted(body);
      }
    }
  }

  private boolean posted(String body) {
    requests.incrementAndGet();
    String node = target.get();
    try {
      HttpResponse<String> response = Http.post(node + "/api/telemetry/ingest", body);
      answers.add(new Answer(node, response.statusCode(), System.nanoTime()));
      if (response.statusCode() == 200) {
        return true;
      }
      failures.add(response.statusCode() + " " + response.body());
    } catch (IOException e) {
      answers.add(new Answer(node, 0, System.nanoTime()));
      failures.add(e.toString());
    }
    return false;
  }
}
