package io.growthbus.bench.nodes;

import io.growthbus.bench.ingest.ChildProcess;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The clustered bus without the product: members in processes of their own, each with one consumer
 * that answers fixed JSON and one that acknowledges what is published, and one member here.
 */
public final class BareBus implements AutoCloseable {
  private static final long LONGEST_S = 5;

  private final Deque<AutoCloseable> started = new ArrayDeque<>();
  private final JsonObject question = new JsonObject().put("userId", "user-4711");
  private final Semaphore heard = new Semaphore(0);
  private final int members;
  private final ClusterMember here;

  private BareBus(Path folder, int members, JsonObject answer) throws Exception {
    this.members = members;
    int firstPort = Ports.inARow(members + 1);
    try {
      for (int i = 0; i < members; i++) {
        List<String> arguments =
            List.of(
                "bus",
                String.valueOf(firstPort + i),
                String.valueOf(firstPort),
                String.valueOf(members + 1),
                answer.encode());
        ChildProcess member = BarePeers.start(folder, "bare-bus-" + (i + 1), arguments);
        started.push(member);
        // One after another, as the nodes of the product do.
        BarePeers.address(member);
      }
      here = ClusterMember.join("growthbus-bare", firstPort + members, firstPort, members + 1);
      started.push(here);
      here.vertx()
          .eventBus()
          .consumer(BarePeer.HEARD, message -> heard.release())
          .completion()
          .await();
    } catch (Exception e) {
      close();
      throw e;
    }
  }

  /**
   * Starts so many members.
   *
   * @param answer of every one of them to every question
   */
  public static BareBus start(Path folder, int members, JsonObject answer) throws Exception {
    return new BareBus(folder, members, answer);
  }

  /** The member here. */
  public Vertx vertx() {
    return here.vertx();
  }

  /** Asks one of the members, which take turns. */
  public Future<?> echo() {
    return here.vertx().eventBus().request(BarePeer.ECHO, question);
  }

  /** How long a question and its answer take, in nanoseconds. */
  public long roundTripNanos() throws Exception {
    long start = System.nanoTime();
    return echo().map(answer -> System.nanoTime() - start).await(LONGEST_S, TimeUnit.SECONDS);
  }

  /** How long it takes until every member has said that it heard a publication, in nanoseconds. */
  public long toAllNanos() throws Exception {
    heard.drainPermits();
    long start = System.nanoTime();
    here.vertx().eventBus().publish(BarePeer.NEWS, question);
    if (!heard.tryAcquire(members, LONGEST_S, TimeUnit.SECONDS)) {
      throw new IllegalStateException("a bare member has heard nothing");
    }
    return System.nanoTime() - start;
  }

  @Override
  public void close() throws Exception {
    while (!started.isEmpty()) {
      started.pop().close();
    }
  }
}
