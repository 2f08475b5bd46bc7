package io.growthbus.shared.client;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.FlagDecision;
import io.growthbus.shared.flags.FlagDecision.Reason;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.FlagAnswer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flags inside of a service that has joined the cluster: it keeps a copy of all definitions, those
 * for servers included, and answers without leaving the JVM.
 *
 * <p>A change is read when it is announced on the bus; polling finds it when the announcement was
 * lost. While no node answers, the last definitions stay in force ({@link FlagClientState#STALE}).
 *
 * <p>A flag that looks at facts which only the server knows of a user (tier, limits, usage) cannot
 * be answered here: {@link #evaluate} asks the server for just those.
 *
 * <p>How often each flag was answered here is told to the room once a minute, so that flags which
 * nobody uses can be found; an end without {@link #close} loses the last minute of it.
 *
 * <p>Safe for any thread. A client that is started by a verticle ends with it.
 */
public final class FlagClient {
  private static final Logger LOG = LoggerFactory.getLogger(FlagClient.class);

  private final Vertx vertx;
  private final Bus bus;
  private final FlagFollower follower;
  private final String deployment;
  private final Set<String> warned = ConcurrentHashMap.newKeySet();

  private FlagClient(Vertx vertx, Bus bus, FlagFollower follower, String deployment) {
    this.vertx = vertx;
    this.bus = bus;
    this.follower = follower;
    this.deployment = deployment;
  }

  /** As {@link #start(Vertx, FlagClientOptions)}, with {@link FlagClientOptions#DEFAULTS}. */
  public static Future<FlagClient> start(Vertx vertx) {
    return start(vertx, FlagClientOptions.DEFAULTS);
  }

  /**
   * Starts to follow the flags.
   *
   * @param vertx member of the cluster
   * @return the client as soon as it has the definitions, or, not ready, when the wait for them is
   *     over: it goes on trying. Fails only when this Vert.x takes no consumer on its event bus
   */
  public static Future<FlagClient> start(Vertx vertx, FlagClientOptions options) {
    Bus bus = Bus.of(vertx);
    FlagFollower follower = new FlagFollower(bus, options, InstantSource.system());
    return vertx.deployVerticle(follower).map(id -> new FlagClient(vertx, bus, follower, id));
  }

  /** Whether a boolean flag is on for a user of whom nothing else is known. */
  public boolean isEnabled(String key, @Nullable String userId) {
    return isEnabled(key, userId, Map.of());
  }

  /**
   * Whether a boolean flag is on; allocates nothing.
   *
   * @param userId null when there is none
   * @param attributes as JSON has them: texts, numbers, booleans, lists, objects
   * @return false when it is off, unknown or not boolean, when the client is not ready, and when
   *     only the server could say ({@link #needsServer}); that is logged once for each flag
   */
  public boolean isEnabled(String key, @Nullable String userId, Map<String, Object> attributes) {
    FlagDecision decision = evaluateLocal(key, userId, attributes);
    if (decision.isOn()) {
      return true;
    }
    if (decision.reason() == Reason.NEEDS_FACTS && warned.add(key)) {
      LOG.warn(
          "flag {} looks at facts that only the server knows and counts as off here; ask it with"
              + " evaluate",
          key);
    }
    return false;
  }

  /**
   * The answer of a flag from the definitions that are here; allocates nothing.
   *
   * @param userId null when there is none; a flag that depends on it says so in its reason
   * @param attributes as JSON has them: texts, numbers, booleans, lists, objects
   * @return with the value false and the reason {@code NOT_READY} or {@code NEEDS_FACTS} when there
   *     is no answer here
   */
  public FlagDecision evaluateLocal(
      String key, @Nullable String userId, Map<String, Object> attributes) {
    return follower.view().evaluate(key, userId, attributes);
  }

  /**
   * The answer of a flag: from here where that is possible, else from the server.
   *
   * @param userId null when there is none; a flag that depends on it says so in its reason
   * @param attributes as JSON has them: texts, numbers, booleans, lists, objects
   * @return fails with {@link RoomException} when the server had to be asked and did not answer
   */
  public Future<FlagAnswer> evaluate(
      String key, @Nullable String userId, Map<String, Object> attributes) {
    FlagView now = follower.view();
    if (isOpen(now, key)) {
      return ask(key, userId, attributes);
    }
    return Future.succeededFuture(answer(now, key, now.evaluate(key, userId, attributes)));
  }

  /**
   * As {@link #evaluate}, for threads that may wait.
   *
   * @param most longest wait for the server; it never waits longer than {@link
   *     Channels#EVALUATE_FLAG} allows
   * @throws IllegalStateException when the server had to be asked and this is an event loop, which
   *     must not wait
   * @throws RoomException when the server had to be asked and did not answer
   */
  public FlagAnswer evaluateBlocking(
      String key, @Nullable String userId, Map<String, Object> attributes, Duration most) {
    FlagView now = follower.view();
    if (!isOpen(now, key)) {
      return answer(now, key, now.evaluate(key, userId, attributes));
    }
    if (Context.isOnEventLoopThread()) {
      throw new IllegalStateException(
          "Only the server can answer this flag, and an event loop must not wait for it: use"
              + " evaluate, or ask on a worker thread.");
    }
    return await(askAside(key, userId, attributes), most);
  }

  /**
   * Whether only the server can answer a flag, because it looks at facts of the user such as tier
   * and usage; false for an unknown flag.
   */
  public boolean needsServer(String key) {
    return follower.view().needsServer(key);
  }

  /** Keys of all flags, sorted; empty when the client is not ready. */
  public List<String> keys() {
    return follower.view().snapshot().keys();
  }

  /** Revision of the definitions that are in force here; 0 when the client is not ready. */
  public long revision() {
    return follower.view().revision();
  }

  /** How well the flags are known. */
  public FlagClientState state() {
    return follower.state();
  }

  /** When a room last answered; empty when none has yet. */
  public Optional<Instant> lastSuccess() {
    return Optional.ofNullable(follower.lastSuccess());
  }

  /** Tells a listener of everything that happens from now on. */
  public void addListener(FlagListener listener) {
    follower.listeners().add(listener);
  }

  /** Tells a listener no more. */
  public void removeListener(FlagListener listener) {
    follower.listeners().remove(listener);
  }

  /**
   * Ends the client: no timer and no consumer is left, and it is not ready any more.
   *
   * @return does not fail when it has ended already
   */
  public Future<Void> close() {
    return vertx.deploymentIDs().contains(deployment)
        ? vertx.undeploy(deployment)
        : Future.succeededFuture();
  }

  /** Whether there is no answer here. */
  private static boolean isOpen(FlagView view, String key) {
    return !view.isReady() || view.needsServer(key);
  }

  private static FlagAnswer answer(FlagView view, String key, FlagDecision decision) {
    return new FlagAnswer(
        decision.value(),
        decision.variant(),
        decision.reason().name(),
        view.revision(),
        decision.rule(),
        view.snapshot().flagRevision(key),
        null);
  }

  private Future<FlagAnswer> ask(
      String key, @Nullable String userId, Map<String, Object> attributes) {
    return bus.ask(Channels.EVALUATE_FLAG, new EvaluateFlag(key, userId, attributes));
  }

  /** Asks on the client's own event loop: that of the caller may be the one that waits. */
  private CompletableFuture<FlagAnswer> askAside(
      String key, @Nullable String userId, Map<String, Object> attributes) {
    CompletableFuture<FlagAnswer> answer = new CompletableFuture<>();
    try {
      follower
          .context()
          .runOnContext(
              turn ->
                  ask(key, userId, attributes)
                      .onSuccess(answer::complete)
                      .onFailure(answer::completeExceptionally));
    } catch (RejectedExecutionException e) {
      answer.completeExceptionally(unavailable("room_absent", "This Vert.x has ended."));
    }
    return answer;
  }

  private static FlagAnswer await(CompletableFuture<FlagAnswer> answer, Duration most) {
    try {
      return answer.get(most.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RoomException refusal
          ? refusal
          : unavailable("room_absent", "The server cannot be asked.");
    } catch (TimeoutException e) {
      throw unavailable("room_timeout", "No answer in time; try again.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable("interrupted", "The thread was interrupted while it waited.");
    }
  }

  private static RoomException unavailable(String code, String text) {
    return new RoomException(ErrorKind.UNAVAILABLE, code, text);
  }
}
