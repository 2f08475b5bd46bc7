package io.growthbus.bench.entitlements;

import io.growthbus.bench.ingest.AnswerReader;
import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.LoadConnection;
import io.growthbus.bench.nodes.BenchKeys;
import io.growthbus.bench.nodes.Dialect;
import io.growthbus.bench.nodes.LocalNodes;
import io.growthbus.bench.nodes.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Changes that a billing system reports with signed deliveries to node 1, one at a time, and when
 * each is seen: by asking every node again and again over HTTP, and on a page whose socket node 2
 * holds. The clock starts when the delivery is answered, which is after its commit.
 *
 * <p>A node shows a change when the answer that has it arrives here; the way of that answer, and
 * the read of PostgreSQL that the change makes necessary, are part of the time.
 */
final class BillingChanges implements AutoCloseable {
  private static final int USERS = 50;
  private static final List<String> TIERS = List.of("pro", "enterprise");
  private static final Duration LONGEST = Duration.ofSeconds(5);
  private static final int SELECT_MS = 20;
  private static final long NAP_NANOS = 50_000;

  private final Selector selector = Selector.open();
  private final List<LoadConnection> nodes = new ArrayList<>();
  private final LoadConnection delivery;
  private final String host;
  private final List<String> hosts = new ArrayList<>();
  private final Sockets pages;
  private final AtomicLongArray shownAt = new AtomicLongArray(USERS);
  private final AtomicLongArray frames = new AtomicLongArray(USERS);
  private final Checks checks;
  private final String run = Long.toString(System.nanoTime(), Character.MAX_RADIX);
  private int turn;
  private volatile String awaited = "";

  /**
   * When a change was seen, in nanoseconds after it was answered.
   *
   * @param everyNode by the last of the nodes
   * @param page by the open page; 0 when it was told before the answer had arrived
   * @param sinceSent the page, after the delivery was sent
   * @param answered how long the delivery took
   */
  record Seen(long everyNode, long page, long sinceSent, long answered) {}

  BillingChanges(LocalNodes cluster, int size, Checks checks) throws Exception {
    this.checks = checks;
    this.delivery = LoadConnection.open(cluster.node(1), selector);
    this.host = host(cluster.node(1));
    for (int number = 1; number <= size; number++) {
      nodes.add(LoadConnection.open(cluster.node(number), selector));
      hosts.add(host(cluster.node(number)));
    }
    this.pages =
        Sockets.open(
            cluster.node(2),
            Dialect.product(List.of("me.entitlements")),
            IntStream.range(0, USERS).mapToObj(this::user).toList(),
            this::frame);
  }

  /** Reports one change, of the next user, and waits until everybody has seen it. */
  Optional<Seen> next() throws IOException {
    int user = turn % USERS;
    String tier = TIERS.get(turn / USERS % TIERS.size());
    awaited = "\"tier\":\"" + tier + "\"";
    shownAt.set(user, 0);
    long framesBefore = frames.get(user);
    long sent = System.nanoTime();
    delivery.send(report(user(user), tier, turn), sent);
    long answered = answer(delivery, sent);
    String body = delivery.answer().body();
    boolean applied = delivery.answer().status() == 200 && body.contains("\"applied\"");
    checks.expect(applied, "a delivery was not applied: " + body);
    delivery.answer().reset();
    turn++;
    if (!applied) {
      return Optional.empty();
    }
    long everyNode = everyNodeShows(user(user), answered);
    while (shownAt.get(user) == 0 && System.nanoTime() - answered < LONGEST.toNanos()) {
      LockSupport.parkNanos(NAP_NANOS);
    }
    long shown = shownAt.get(user);
    boolean seen = everyNode > 0 && shown != 0;
    checks.expect(seen, "a change of " + user(user) + " was not seen by everybody within 5 s");
    checks.expect(
        !seen || frames.get(user) == framesBefore + 1, "a page was told of one change twice");
    return seen
        ? Optional.of(
            new Seen(
                everyNode - answered, Math.max(0, shown - answered), shown - sent, answered - sent))
        : Optional.empty();
  }

  @Override
  public void close() throws Exception {
    pages.close();
    delivery.close();
    for (LoadConnection node : nodes) {
      node.close();
    }
    selector.close();
  }

  private void frame(int socket, String frame, long nanos) {
    if (frame.contains("\"me.entitlements\"")) {
      frames.incrementAndGet(socket);
      if (frame.contains(awaited)) {
        shownAt.compareAndSet(socket, 0, nanos);
      }
    }
  }

  /** Asks all nodes at once, and those that still give the former tier again. */
  private long everyNodeShows(String user, long since) throws IOException {
    boolean[] shows = new boolean[nodes.size()];
    for (int i = 0; i < nodes.size(); i++) {
      nodes.get(i).send(question(user, hosts.get(i)), since);
    }
    int left = nodes.size();
    long last = 0;
    while (left > 0 && System.nanoTime() - since < LONGEST.toNanos()) {
      List<LoadConnection> complete = complete();
      long now = System.nanoTime();
      for (LoadConnection node : complete) {
        int index = nodes.indexOf(node);
        AnswerReader answer = node.answer();
        if (answer.status() == 200 && answer.body().contains(awaited)) {
          shows[index] = true;
          left--;
          last = now;
        }
        answer.reset();
        if (!shows[index]) {
          node.send(question(user, hosts.get(index)), since);
        }
      }
    }
    return left == 0 ? last : 0;
  }

  private long answer(LoadConnection connection, long since) throws IOException {
    while (!complete().contains(connection)) {
      if (System.nanoTime() - since > LONGEST.toNanos()) {
        throw new IOException("a delivery was not answered within 5 s");
      }
    }
    return System.nanoTime();
  }

  /** Connections whose answer has come. */
  private List<LoadConnection> complete() throws IOException {
    List<LoadConnection> complete = new ArrayList<>();
    List<IOException> failures = new ArrayList<>();
    selector.select(
        (SelectionKey key) -> {
          LoadConnection connection = (LoadConnection) key.attachment();
          try {
            if (connection.progress()) {
              complete.add(connection);
            }
          } catch (IOException e) {
            key.cancel();
            failures.add(e);
          }
        },
        SELECT_MS);
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
    return complete;
  }

  private String user(int index) {
    return "buyer-" + run + "-" + index;
  }

  private byte[] report(String user, String tier, int version) {
    String body =
        """
        {"type":"entitlement.updated","timestamp":"%s","data":{"user_id":"%s","tier":"%s",\
        "status":"active","version":%d}}"""
            .formatted(Instant.now(), user, tier, version + 1);
    String id = run + "-" + version;
    long seconds = TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis());
    return ascii(
        """
        POST /api/billing/webhooks/standard HTTP/1.1
        Host: %s
        Content-Type: application/json
        webhook-id: %s
        webhook-timestamp: %d
        webhook-signature: %s
        Content-Length: %d

        """
            .formatted(
                host, id, seconds, BenchKeys.webhookSignature(id, seconds, body), body.length()),
        body);
  }

  private static byte[] question(String user, String host) {
    return ascii(Question.head(user, host), "");
  }

  static byte[] ascii(String head, String body) {
    byte[] headBytes = head.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII);
    byte[] bodyBytes = body.getBytes(StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(headBytes, headBytes.length + bodyBytes.length);
    System.arraycopy(bodyBytes, 0, all, headBytes.length, bodyBytes.length);
    return all;
  }

  private static String host(InetSocketAddress address) {
    return address.getHostString() + ":" + address.getPort();
  }
}
