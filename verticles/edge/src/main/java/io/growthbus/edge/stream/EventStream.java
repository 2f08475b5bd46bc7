package io.growthbus.edge.stream;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * One open stream: what it hears, what it was told, and when it is due for a sign of life.
 *
 * <p>It holds one announcement at most: what is announced while one waits is part of it.
 */
final class EventStream {
  private final Sink sink;
  private final String address;
  private final @Nullable String topic;
  private long toldRevision;
  private long commentAtMs;
  private boolean begun;
  private boolean waiting;
  private boolean closed;

  EventStream(Sink sink, String address, @Nullable String topic) {
    this.sink = sink;
    this.address = address;
    this.topic = topic;
  }

  /** Address of the reader. */
  String address() {
    return address;
  }

  /** Name of what it hears beside the flags, or null. */
  @Nullable String topic() {
    return topic;
  }

  /** The last revision that its reader knows of. */
  long toldRevision() {
    return toldRevision;
  }

  boolean isClosed() {
    return closed;
  }

  /**
   * Begins: says when to come back after an end, and from where.
   *
   * @param revision that its reader need not be told of
   * @param retryMs pause before its reader comes back
   * @param firstCommentMs when the first sign of life is due, ms since the epoch
   */
  void begin(long revision, int retryMs, long firstCommentMs) {
    begun = true;
    toldRevision = revision;
    commentAtMs = firstCommentMs;
    write("retry: " + retryMs + "\nid: " + revision + "\n\n");
  }

  /** Whether an announcement waits. */
  boolean isWaiting() {
    return waiting;
  }

  /** Whether an announcement has to be arranged: none waits yet, and the stream has begun. */
  boolean startWaiting() {
    boolean first = begun && !waiting && !closed;
    waiting = true;
    return first;
  }

  /**
   * Tells its reader to ask again.
   *
   * @param sinceS when the node learned of the revision, seconds since the epoch
   */
  void announce(long revision, long sinceS) {
    waiting = false;
    toldRevision = revision;
    event(
        new JsonObject()
            .put("type", "refetchEvaluation")
            .put("etag", '"' + Long.toString(revision) + '"')
            .put("lastModified", sinceS));
  }

  /**
   * Tells a reader who has come back that nothing was missed. OpenFeature's provider gives a stream
   * up that has been interrupted and then says nothing for half a minute.
   */
  void reassure() {
    event(new JsonObject().put("type", "nothingMissed"));
  }

  private void event(JsonObject data) {
    write("id: " + toldRevision + "\nevent: message\ndata: " + data.encode() + "\n\n");
  }

  /**
   * Gives a sign of life when it is due.
   *
   * @param nextPauseMs until the one after it
   */
  void keepAlive(long nowMs, long nextPauseMs) {
    if (begun && nowMs >= commentAtMs) {
      write(": still here\n\n");
      commentAtMs = nowMs + nextPauseMs;
    }
  }

  /** Sends its reader elsewhere. */
  void end() {
    if (!closed) {
      closed = true;
      if (begun) {
        sink.end();
      } else {
        sink.cut();
      }
    }
  }

  /** The connection is gone. */
  void gone() {
    closed = true;
  }

  private void write(String text) {
    if (closed || !begun) {
      return;
    }
    if (sink.isFull()) {
      // A reader that does not read is cut instead of filling the memory.
      closed = true;
      sink.cut();
      return;
    }
    sink.write(text);
  }
}
