package io.growthbus.edge.socket;

import io.growthbus.edge.core.SocketRules;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One open socket: whose it is, what it hears, and when it was last heard of. */
final class SocketSession {
  /** Close code for "come back, here or on another node". */
  static final int GO_ELSEWHERE = 1001;

  /** Close code for a token that has expired. */
  static final int TOKEN_EXPIRED = 4401;

  /** Close code for a user who is being erased. */
  static final int ERASED = 4410;

  /** Close code for breaking a limit. */
  static final int LIMIT_BROKEN = 4429;

  private final SockJSSocket socket;
  private final String address;
  private final TokenBucket bucket;
  private final long openedMs;
  private Set<String> registrations = Set.of();
  private @Nullable String userId;
  private long expiresAtMs;
  private long lastHeardMs;
  private boolean closing;

  SocketSession(SockJSSocket socket, String address, TokenBucket bucket, long nowMs) {
    this.socket = socket;
    this.address = address;
    this.bucket = bucket;
    this.openedMs = nowMs;
    this.lastHeardMs = nowMs;
  }

  /** Where it comes from. */
  String address() {
    return address;
  }

  long openedMs() {
    return openedMs;
  }

  Optional<String> userId() {
    return Optional.ofNullable(userId);
  }

  void belongsTo(String user, long untilMs) {
    userId = user;
    expiresAtMs = untilMs;
  }

  /** Until when the token holds, ms since the epoch; 0 without one. */
  long expiresAtMs() {
    return expiresAtMs;
  }

  long lastHeardMs() {
    return lastHeardMs;
  }

  /** Notes a frame; false when there are too many. */
  boolean heard(long nowMs) {
    lastHeardMs = nowMs;
    return bucket.take(nowMs);
  }

  Set<String> registrations() {
    return registrations;
  }

  /**
   * Hears an address from now on. There are few, and tens of thousands of sockets: an exact copy is
   * a fraction of a set that could grow.
   *
   * @return whether it did not before
   */
  boolean register(String address) {
    if (registrations.contains(address)) {
      return false;
    }
    Set<String> more = new HashSet<>(registrations);
    // The constant itself, not the text of one frame.
    more.add(SocketRules.OUTBOUND.stream().filter(address::equals).findFirst().orElse(address));
    registrations = Set.copyOf(more);
    return true;
  }

  void unregister(String address) {
    Set<String> fewer = new HashSet<>(registrations);
    fewer.remove(address);
    registrations = Set.copyOf(fewer);
  }

  boolean hears(String address) {
    return registrations.contains(address);
  }

  /** A message as a frame. */
  static String frame(String address, JsonObject body) {
    return new JsonObject().put("type", "rec").put("address", address).put("body", body).encode();
  }

  /** Delivers a message. */
  void deliver(String address, JsonObject body) {
    write(frame(address, body));
  }

  void error(String word) {
    write(new JsonObject().put("type", "err").put("body", word).encode());
  }

  /** Answers a message that asked for a reply with a failure. */
  void replyFailure(String replyAddress, RoomException refusal) {
    write(
        new JsonObject()
            .put("type", "err")
            .put("address", replyAddress)
            .put("failureCode", 0)
            .put("failureType", "RECIPIENT_FAILURE")
            .put("message", refusal.text())
            .put("code", refusal.code())
            .encode());
  }

  /** Ends it; from now on it neither speaks nor listens, however long the other side lingers. */
  void close(int code, String reason) {
    if (!closing) {
      closing = true;
      socket.close(code, reason);
    }
  }

  boolean isClosing() {
    return closing;
  }

  /** Sends a frame; a reader that does not read is cut instead of filling the memory. */
  void write(String frame) {
    if (closing) {
      return;
    }
    if (socket.writeQueueFull()) {
      close(LIMIT_BROKEN, "too slow");
      return;
    }
    // Text frames on the raw WebSocket; a socket that has just gone is no failure of ours.
    socket.write(frame).otherwiseEmpty();
  }
}
