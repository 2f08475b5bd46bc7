package io.growthbus.edge.socket;

import io.growthbus.edge.core.Proof;
import io.growthbus.edge.core.SocketRules;
import io.growthbus.edge.core.SocketRules.Decision;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.AcknowledgePrompt;
import io.growthbus.shared.message.AcknowledgePrompt.Action;
import io.growthbus.shared.message.ListPendingPrompts;
import io.growthbus.shared.message.Prompt;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Speaks the frames of the event-bus bridge with browsers, so that its stock clients work, and
 * exposes nothing of the bus: a browser names aliases, and the token says whose they are.
 */
public final class SocketServer {
  private static final Logger LOG = LoggerFactory.getLogger(SocketServer.class);
  private static final String BEARER = "Bearer ";
  private static final int LONGEST_REPLY_ADDRESS = 64;

  private final Bus bus;
  private final TokenCheck tokens;
  private final SocketSettings settings;
  private final InstantSource clock;
  private final PromptJson promptJson;
  private final SocketRegistry registry = new SocketRegistry();
  private boolean stopping;

  /** Checks a user token; its future fails with {@code invalid_token}. */
  public interface TokenCheck {
    Future<Proof> verify(String token);
  }

  /** How a prompt looks to a page. */
  public interface PromptJson {
    JsonObject of(Prompt prompt);
  }

  public SocketServer(
      Bus bus,
      TokenCheck tokens,
      SocketSettings settings,
      InstantSource clock,
      PromptJson promptJson) {
    this.bus = bus;
    this.tokens = tokens;
    this.settings = settings;
    this.clock = clock;
    this.promptJson = promptJson;
  }

  /** Takes a new socket. */
  public void accept(SockJSSocket socket) {
    long now = clock.millis();
    SocketSession session =
        new SocketSession(
            socket,
            socket.remoteAddress().hostAddress(),
            new TokenBucket(settings.messagesPerSecond(), now),
            now);
    if (stopping || registry.size() >= settings.perNode()) {
      session.close(SocketSession.GO_ELSEWHERE, "no room here");
      return;
    }
    if (registry.ofAddress(session.address()) >= settings.perAddress()) {
      session.close(SocketSession.LIMIT_BROKEN, "too many sockets");
      return;
    }
    registry.add(session);
    socket.closeHandler(closed -> registry.remove(session));
    socket.exceptionHandler(broken -> registry.remove(session));
    socket.handler(data -> frame(session, data));
  }

  /** Sends a message to the open pages of a user that hear the address. */
  public void toUser(String userId, String address, JsonObject body) {
    deliver(registry.ofUser(userId), address, body);
  }

  /** Sends a message to every page that hears the address. */
  public void toAll(String address, JsonObject body) {
    deliver(registry.all(), address, body);
  }

  /** The frame is written down once, however many pages get it. */
  private static void deliver(List<SocketSession> sessions, String address, JsonObject body) {
    if (sessions.isEmpty()) {
      return;
    }
    String frame = SocketSession.frame(address, body);
    for (SocketSession session : sessions) {
      if (session.hears(address)) {
        session.write(frame);
      }
    }
  }

  /** Whether a page of the user hears the address here. */
  public boolean isHeard(String userId, String address) {
    return registry.ofUser(userId).stream().anyMatch(session -> session.hears(address));
  }

  /**
   * Closes sockets whose token has expired, that have been silent for too long, or that still
   * belong to nobody: without a token a ping now and then would hold a place for ever.
   */
  public void closeOverdue() {
    long now = clock.millis();
    for (SocketSession session : registry.all()) {
      if (session.userId().isPresent() && session.expiresAtMs() <= now) {
        session.close(SocketSession.TOKEN_EXPIRED, "token expired");
      } else if (now - session.lastHeardMs() > settings.idle().toMillis()) {
        session.close(SocketSession.GO_ELSEWHERE, "idle");
      } else if (session.userId().isEmpty()
          && now - session.openedMs() > settings.idle().toMillis()) {
        session.close(SocketSession.GO_ELSEWHERE, "no token");
      }
    }
  }

  /** Closes the sockets of a user who is being erased. */
  public void closeErased(String userId) {
    registry.ofUser(userId).forEach(session -> session.close(SocketSession.ERASED, "user erased"));
  }

  /** Sends every page to another node, those that still come too. */
  public void closeAll() {
    stopping = true;
    registry.all().forEach(session -> session.close(SocketSession.GO_ELSEWHERE, "node stops"));
  }

  private void frame(SocketSession session, Buffer data) {
    if (session.isClosing()) {
      return;
    }
    if (!session.heard(clock.millis()) || data.length() > SocketSettings.LARGEST_FRAME) {
      session.close(SocketSession.LIMIT_BROKEN, "too much");
      return;
    }
    JsonObject frame;
    try {
      frame = new JsonObject(data);
    } catch (DecodeException | ClassCastException e) {
      session.error("invalid_json");
      return;
    }
    String type = text(frame, "type");
    String address = text(frame, "address");
    if ("register".equals(type) && address != null && SocketRules.OUTBOUND.contains(address)) {
      prove(session, frame)
          .onSuccess(loggedIn -> decide(session, frame, type, address, loggedIn))
          .onFailure(failure -> session.error("not_logged_in"));
    } else {
      decide(session, frame, type, address, session.userId().isPresent());
    }
  }

  private void decide(
      SocketSession session,
      JsonObject frame,
      @Nullable String type,
      @Nullable String address,
      boolean loggedIn) {
    Decision decision = SocketRules.decide(type, address, loggedIn, session.registrations());
    switch (decision) {
      case IGNORE -> {}
      case REGISTER -> register(session, address == null ? "" : address);
      case UNREGISTER -> session.unregister(address == null ? "" : address);
      case ACCEPT -> receive(session, frame, address == null ? "" : address);
      case DENY -> session.error("access_denied");
      case NOT_LOGGED_IN -> session.error("not_logged_in");
      case TOO_MANY -> session.error("max_handlers_reached");
      case INVALID -> session.error("invalid_json");
    }
  }

  /** Whether the socket is proven after this frame; fails when the frame's token is not valid. */
  private Future<Boolean> prove(SocketSession session, JsonObject frame) {
    Optional<String> token =
        frame.getValue("headers") instanceof JsonObject headers
            ? Optional.ofNullable(text(headers, "authorization"))
            : Optional.empty();
    if (token.isEmpty()) {
      return Future.succeededFuture(session.userId().isPresent());
    }
    String text = token.get();
    return tokens
        .verify(text.startsWith(BEARER) ? text.substring(BEARER.length()) : text)
        .map(proof -> assign(session, proof));
  }

  /** A socket belongs to the first user it proves; another user needs another socket. */
  private boolean assign(SocketSession session, Proof proof) {
    if (session.userId().isEmpty()) {
      session.belongsTo(proof.userId(), proof.expiresAtMs());
      registry
          .assign(session, proof.userId(), settings.perUser())
          .forEach(oldest -> oldest.close(SocketSession.LIMIT_BROKEN, "too many sockets"));
      return true;
    }
    boolean same = session.userId().filter(proof.userId()::equals).isPresent();
    if (same) {
      session.belongsTo(proof.userId(), Math.max(proof.expiresAtMs(), session.expiresAtMs()));
    }
    return same;
  }

  private void register(SocketSession session, String address) {
    boolean fresh = session.register(address);
    if (!fresh || !address.equals(SocketRules.PROMPTS) || session.userId().isEmpty()) {
      return;
    }
    bus.ask(Channels.LIST_PENDING_PROMPTS, new ListPendingPrompts(session.userId().get()))
        .onSuccess(
            pending ->
                pending
                    .prompts()
                    .forEach(prompt -> session.deliver(address, promptJson.of(prompt))))
        // The sweep announces them again; the page loses seconds.
        .onFailure(e -> LOG.info("pending prompts cannot be read now: {}", e.getMessage()));
  }

  private void receive(SocketSession session, JsonObject frame, String address) {
    JsonObject body =
        frame.getValue("body") instanceof JsonObject object ? object : new JsonObject();
    Future<JsonObject> done =
        address.equals(SocketRules.SESSION) ? renew(session, body) : acknowledge(session, body);
    String replyAddress = text(frame, "replyAddress");
    if (replyAddress == null || replyAddress.length() > LONGEST_REPLY_ADDRESS) {
      done.onFailure(failure -> session.error(refusal(failure).code()));
      return;
    }
    done.onSuccess(reply -> session.deliver(replyAddress, reply))
        .onFailure(failure -> session.replyFailure(replyAddress, refusal(failure)));
  }

  private static RoomException refusal(Throwable failure) {
    if (failure instanceof RoomException refusal) {
      return refusal;
    }
    LOG.error("unexpected failure of a frame", failure);
    return new RoomException(ErrorKind.INTERNAL, "internal", "Unexpected failure.");
  }

  private Future<JsonObject> renew(SocketSession session, JsonObject body) {
    String token = text(body, "token");
    return tokens
        .verify(token == null ? "" : token)
        .compose(
            proof ->
                assign(session, proof)
                    ? Future.succeededFuture(
                        new JsonObject().put("expires_at", session.expiresAtMs()))
                    : Future.failedFuture(
                        new RoomException(
                            ErrorKind.FORBIDDEN,
                            "access_denied",
                            "This socket belongs to another user; open a new one.")));
  }

  private Future<JsonObject> acknowledge(SocketSession session, JsonObject body) {
    String promptId = text(body, "prompt_id");
    Optional<Action> action = action(text(body, "action"));
    if (promptId == null || action.isEmpty() || session.userId().isEmpty()) {
      return Future.failedFuture(
          new RoomException(
              ErrorKind.INVALID,
              "invalid_acknowledgement",
              "Send prompt_id and action: shown, clicked, dismissed or snoozed."));
    }
    return bus.ask(
            Channels.ACKNOWLEDGE_PROMPT,
            new AcknowledgePrompt(session.userId().get(), promptId, action.get()))
        .map(done -> new JsonObject().put("prompt_id", done.promptId()).put("state", done.state()));
  }

  private static Optional<Action> action(@Nullable String word) {
    for (Action action : Action.values()) {
      if (action.name().toLowerCase(Locale.ROOT).equals(word)) {
        return Optional.of(action);
      }
    }
    return Optional.empty();
  }

  private static @Nullable String text(JsonObject json, String field) {
    return json.getValue(field) instanceof String text ? text : null;
  }
}
