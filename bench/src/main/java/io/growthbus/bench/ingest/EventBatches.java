package io.growthbus.bench.ingest;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests that are written once and sent often: before each sending the ids and times of their
 * events are put in place. For one thread.
 */
final class EventBatches {
  /** Events of a request. */
  static final int EVENTS = 25;

  private static final int DIFFERENT = 400;
  private static final String NO_ID = "-".repeat(EventIds.LENGTH);
  private static final String NO_TIME = "0".repeat(13);

  private final List<Request> requests = new ArrayList<>(DIFFERENT);
  private final EventIds ids;
  private int turn;

  /** A request and where its ids and times stand. */
  private record Request(byte[] bytes, int[] idsAt, int[] timesAt) {}

  /**
   * @param host host and port for the header
   * @param key secret key, presented as bearer
   */
  EventBatches(String host, String key, EventIds ids) {
    this.ids = ids;
    EventShapes shapes = new EventShapes(1);
    for (int i = 0; i < DIFFERENT; i++) {
      requests.add(request(host, key, shapes));
    }
  }

  /** The next request, ready to be sent; valid until its turn comes again. */
  byte[] next(long nowMs) {
    Request request = requests.get(turn);
    turn = (turn + 1) % DIFFERENT;
    for (int at : request.idsAt()) {
      ids.write(request.bytes(), at, nowMs);
    }
    for (int at : request.timesAt()) {
      writeTime(request.bytes(), at, nowMs);
    }
    return request.bytes();
  }

  private static Request request(String host, String key, EventShapes shapes) {
    StringBuilder body = new StringBuilder("{\"batch\":[");
    int[] idsAt = new int[EVENTS];
    int[] timesAt = new int[EVENTS];
    for (int i = 0; i < EVENTS; i++) {
      EventShapes.Shape shape = shapes.next();
      body.append(i == 0 ? "" : ",").append("{\"event_id\":\"");
      idsAt[i] = body.length();
      body.append(NO_ID).append("\",\"schema_version\":\"1.0.0\",\"user_id\":\"");
      body.append(shape.userId()).append("\",\"timestamp\":");
      timesAt[i] = body.length();
      body.append(NO_TIME).append(",\"name\":\"").append(shape.name());
      body.append("\",\"properties\":").append(shape.propertiesJson()).append('}');
    }
    body.append("]}");
    String head =
        "POST /api/telemetry/ingest HTTP/1.1\r\nHost: "
            + host
            + "\r\nAuthorization: Bearer "
            + key
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n";
    for (int i = 0; i < EVENTS; i++) {
      idsAt[i] += head.length();
      timesAt[i] += head.length();
    }
    // All of it is ASCII, so a character is a byte.
    return new Request((head + body).getBytes(StandardCharsets.US_ASCII), idsAt, timesAt);
  }

  private static void writeTime(byte[] target, int at, long nowMs) {
    long rest = nowMs;
    for (int i = NO_TIME.length() - 1; i >= 0; i--) {
      target[at + i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }
}
