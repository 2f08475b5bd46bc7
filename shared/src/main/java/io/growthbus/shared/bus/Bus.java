package io.growthbus.shared.bus;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Typed event bus of one node: asks, works and broadcasts over {@link Channels}.
 *
 * <p>A channel that this node serves itself is always called here; only a role that is absent here
 * is called on another node. Delivery is at most once.
 *
 * <p>A service outside the product may send a plain {@link JsonObject} to an ask channel and gets a
 * {@link JsonObject} back.
 */
public final class Bus implements Shareable {
  private static final Logger LOG = LoggerFactory.getLogger(Bus.class);

  /** Where a Vert.x keeps its bus. */
  private static final String KEPT = "io.growthbus.bus";

  /** The unit separator of ASCII, which no text of a refusal holds. */
  private static final char POINTER = '\u001f';

  /** The record separator of ASCII, before each field that is wrong. */
  private static final char PROBLEM = '\u001e';

  private final Vertx vertx;
  private final Set<String> servedHere = ConcurrentHashMap.newKeySet();
  private final String node;

  /** Creates the bus of a node and registers the codec; one per {@link Vertx}. */
  public Bus(Vertx vertx) {
    this.vertx = vertx;
    // Process and host for people; the rest tells nodes of one process apart.
    this.node =
        "%s-%04x"
            .formatted(
                ManagementFactory.getRuntimeMXBean().getName(),
                ThreadLocalRandom.current().nextInt(1 << 16));
    vertx.eventBus().registerCodec(new RecordCodec());
    kept(vertx).put(KEPT, this);
  }

  /**
   * The bus of a {@link Vertx}, made when it is asked for the first time. For services that join
   * the cluster with a Vert.x of their own.
   */
  public static synchronized Bus of(Vertx vertx) {
    Bus bus = kept(vertx).get(KEPT);
    return bus == null ? new Bus(vertx) : bus;
  }

  private static LocalMap<String, Bus> kept(Vertx vertx) {
    return vertx.sharedData().getLocalMap(KEPT);
  }

  /** Name of this node, another one after each start, such as {@code 4711@host-3f2a}. */
  public String node() {
    return node;
  }

  /**
   * Asks the room that owns the channel.
   *
   * @return the answer; fails only with {@link RoomException}: what the room refused with, {@code
   *     room_absent} when no node serves the channel, {@code room_timeout} when none answered in
   *     time (outcome unknown)
   */
  public <Q, R> Future<R> ask(Ask<Q, R> channel, Q question) {
    DeliveryOptions options =
        options(channel.address()).setSendTimeout(channel.timeout().toMillis());
    return Future.succeededFuture(question)
        .compose(body -> vertx.eventBus().<Object>request(channel.address(), body, options))
        .map(reply -> body(reply.body(), channel.answer()))
        .recover(failure -> Future.failedFuture(refusal(channel.address(), failure)));
  }

  /** Hands work to the room that owns the channel; lost silently when nobody serves it. */
  public <T> void send(Work<T> channel, T message) {
    vertx.eventBus().send(channel.address(), message, options(channel.address()));
  }

  /** Tells every node, this one included. */
  public <T> void publish(Broadcast<T> channel, T message) {
    vertx
        .eventBus()
        .publish(channel.address(), message, new DeliveryOptions().setCodecName(RecordCodec.NAME));
  }

  /**
   * Serves an ask channel on this node.
   *
   * @param answer a {@link RoomException} that it throws or fails with is the caller's answer; any
   *     other failure is logged with an id and becomes {@link ErrorKind#INTERNAL}
   * @return the registration, completed when every node knows it
   */
  public <Q, R> Future<Void> answer(Ask<Q, R> channel, Function<Q, Future<R>> answer) {
    MessageConsumer<Object> consumer =
        vertx.eventBus().consumer(channel.address(), message -> reply(channel, answer, message));
    servedHere.add(channel.address());
    return consumer.completion();
  }

  /**
   * Takes work from a channel on this node.
   *
   * @param handler a failure that it returns is logged; the sender never learns of it
   * @return the registration, completed when every node knows it
   */
  public <T> Future<Void> take(Work<T> channel, Function<T, Future<?>> handler) {
    MessageConsumer<Object> consumer =
        vertx
            .eventBus()
            .consumer(
                channel.address(),
                message ->
                    Future.succeededFuture(message.body())
                        .compose(body -> handler.apply(body(body, channel.type())))
                        .onFailure(e -> LOG.warn("work on {} failed", channel.address(), e)));
    servedHere.add(channel.address());
    return consumer.completion();
  }

  /**
   * Hears a broadcast on this node.
   *
   * @param handler what it throws is logged; the sender never learns of it
   * @return the registration, completed when every node knows it
   */
  public <T> Future<Void> hear(Broadcast<T> channel, Consumer<T> handler) {
    return subscribe(channel, handler).started();
  }

  /** As {@link #hear}, until it is ended. */
  public <T> Subscription subscribe(Broadcast<T> channel, Consumer<T> handler) {
    return new Subscription(
        vertx
            .eventBus()
            .<Object>consumer(
                channel.address(),
                message -> {
                  try {
                    handler.accept(body(message.body(), channel.type()));
                  } catch (RuntimeException e) {
                    LOG.warn("broadcast on {} was not understood", channel.address(), e);
                  }
                }));
  }

  private DeliveryOptions options(String address) {
    return new DeliveryOptions()
        .setCodecName(RecordCodec.NAME)
        .setLocalOnly(servedHere.contains(address));
  }

  private <Q, R> void reply(
      Ask<Q, R> channel, Function<Q, Future<R>> answer, Message<Object> message) {
    boolean plainJson = message.body() instanceof JsonObject;
    Future.succeededFuture(message.body())
        .compose(body -> answer.apply(question(body, channel.question())))
        .map(result -> plainJson ? Wire.encode(result).toJsonObject() : result)
        .onSuccess(
            result ->
                message.reply(
                    result,
                    plainJson
                        ? new DeliveryOptions()
                        : new DeliveryOptions().setCodecName(RecordCodec.NAME)))
        .onFailure(
            failure -> {
              RoomException refusal = asRefusal(channel.address(), failure);
              message.fail(refusal.kind().number(), text(refusal));
            });
  }

  private static <Q> Q question(@Nullable Object body, Class<Q> type) {
    try {
      return body(body, type);
    } catch (IllegalArgumentException e) {
      throw new RoomException(
          ErrorKind.INVALID,
          "invalid_message",
          "The message is not a " + type.getSimpleName() + ".");
    }
  }

  private static <T> T body(@Nullable Object body, Class<T> type) {
    if (body instanceof RecordCodec.Encoded encoded) {
      return Wire.decode(encoded.json(), type);
    }
    if (body instanceof JsonObject json) {
      return Wire.decode(json.toBuffer(), type);
    }
    if (!type.isInstance(body)) {
      throw new IllegalArgumentException("not a " + type.getSimpleName());
    }
    return type.cast(body);
  }

  private static RoomException asRefusal(String address, Throwable failure) {
    if (failure instanceof RoomException refusal) {
      return refusal;
    }
    String id = UUID.randomUUID().toString();
    LOG.error("unexpected failure {} on {}", id, address, failure);
    return new RoomException(
        ErrorKind.INTERNAL, "internal", "Unexpected failure; its log entry has the id " + id + ".");
  }

  /**
   * The code, a line break, the text, behind a separator the pointer if there is one, and behind
   * another one each field that is wrong.
   */
  private static String text(RoomException refusal) {
    StringBuilder text = new StringBuilder(refusal.code()).append('\n').append(refusal.text());
    refusal.pointer().ifPresent(pointer -> text.append(POINTER).append(pointer));
    refusal
        .problems()
        .forEach(
            problem ->
                text.append(PROBLEM)
                    .append(problem.pointer())
                    .append(POINTER)
                    .append(problem.detail()));
    return text.toString();
  }

  private static RoomException refusal(String address, Throwable failure) {
    if (failure instanceof RejectedExecutionException) {
      // This node has ended under the question.
      return absent();
    }
    if (!(failure instanceof ReplyException reply)) {
      return asRefusal(address, failure);
    }
    if (reply.failureType() == ReplyFailure.NO_HANDLERS) {
      return absent();
    }
    if (reply.failureType() == ReplyFailure.TIMEOUT) {
      return new RoomException(
          ErrorKind.UNAVAILABLE,
          "room_timeout",
          "No answer in time, the outcome is unknown; try again.");
    }
    List<String> parts = split(reply.getMessage() == null ? "internal" : reply.getMessage());
    String text = parts.get(0);
    int split = text.indexOf('\n');
    if (split < 0) {
      return asRefusal(address, failure);
    }
    int end = text.lastIndexOf(POINTER);
    return new RoomException(
        ErrorKind.ofNumber(reply.failureCode()),
        text.substring(0, split),
        text.substring(split + 1, end < 0 ? text.length() : end),
        end < 0 ? null : text.substring(end + 1),
        parts.stream().skip(1).map(Bus::problem).toList());
  }

  private static List<String> split(String text) {
    return List.of(text.split(String.valueOf(PROBLEM), -1));
  }

  private static FieldProblem problem(String part) {
    int end = part.indexOf(POINTER);
    return new FieldProblem(part.substring(0, Math.max(end, 0)), part.substring(end + 1));
  }

  private static RoomException absent() {
    return new RoomException(
        ErrorKind.UNAVAILABLE, "room_absent", "No node serves this at the moment; try again.");
  }
}
