package io.growthbus.bench.prompts;

import io.growthbus.bench.nodes.BenchKeys;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Requests to the route of events, as the customer's server sends them. */
final class EventRequests {
  /** Events of a request of others. */
  static final int BATCH = 25;

  /** So many others take turns that none of them reaches a threshold. */
  private static final int OTHERS = 10_000;

  private final String host;
  private int turn;

  EventRequests(InetSocketAddress server) {
    this.host = server.getHostString() + ":" + server.getPort();
  }

  /** One project for each of the users. */
  byte[] projects(List<String> users, long nowMs) {
    return request(
        users.stream()
            .map(user -> event(user, "project_created", "{\"project_type\":\"website\"}", nowMs))
            .collect(Collectors.joining(",")));
  }

  /** Calls of others, who are counted too. */
  byte[] calls(long nowMs) {
    return request(
        IntStream.range(0, BATCH)
            .mapToObj(i -> event(nextOther(), "api_call", call(), nowMs))
            .collect(Collectors.joining(",")));
  }

  private static String call() {
    int number = ThreadLocalRandom.current().nextInt(100_000);
    return """
        {"endpoint":"/v1/projects/%d/pages","status_code":200,"duration_ms":%d,"region":"eu-central","client":{"name":"web","build":%d}}"""
        .formatted(number, number % 900, number % 77);
  }

  private String nextOther() {
    turn = (turn + 1) % OTHERS;
    return "other-" + turn;
  }

  private static String event(String user, String name, String properties, long nowMs) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    // The bits of version 4 and of the variant, in an id that need not be secret.
    UUID id =
        new UUID(
            (random.nextLong() & ~0xF000L) | 0x4000L,
            (random.nextLong() & ~(3L << 62)) | Long.MIN_VALUE);
    return """
        {"event_id":"%s","schema_version":"1.0.0","user_id":"%s","timestamp":%d,"name":"%s","properties":%s}"""
        .formatted(id, user, nowMs, name, properties);
  }

  private byte[] request(String events) {
    String body = "{\"batch\":[" + events + "]}";
    String head =
        "POST /api/telemetry/ingest HTTP/1.1\r\nHost: "
            + host
            + "\r\nAuthorization: Bearer "
            + BenchKeys.SECRET
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n";
    // All of it is ASCII, so a character is a byte.
    return (head + body).getBytes(StandardCharsets.US_ASCII);
  }
}
