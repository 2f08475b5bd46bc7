package io.growthbus.openfeature;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.EventProvider;
import dev.openfeature.sdk.ImmutableMetadata;
import dev.openfeature.sdk.Metadata;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.openfeature.sdk.Reason;
import dev.openfeature.sdk.TrackingEventDetails;
import dev.openfeature.sdk.Value;
import dev.openfeature.sdk.exceptions.FatalError;
import dev.openfeature.sdk.exceptions.GeneralError;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.client.FlagClient;
import io.growthbus.shared.client.FlagClientState;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.FlagAnswer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * OpenFeature provider for a service that has joined the cluster: the initialization reads the
 * definitions from the bus, and every evaluation is then answered in the JVM by a {@link
 * FlagClient}.
 *
 * <p><b>Flags on tier, limits or usage</b> can be answered by the server only. An evaluation of one
 * waits for the server, for {@link GrowthbusOptions#askTimeout} at most; on an event loop, which
 * must not wait, it is an error: use {@link FlagClient#evaluate} of {@link #flagClient} there, or
 * evaluate on a worker thread.
 *
 * <p>Reasons are those of the other surfaces: OpenFeature's own, and {@code RULE_EXCLUDED}, {@code
 * PREREQUISITE_FAILED} and {@code HOLDOUT}. The metadata of an answer are {@code revision}, a long,
 * and {@code rule}, the key of what decided, if anything did.
 */
public final class GrowthbusProvider extends EventProvider {
  /** Name of the provider in its metadata. */
  public static final String NAME = "growthbus";

  private static final Logger LOG = LoggerFactory.getLogger(GrowthbusProvider.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String KEY_MISSING = "TARGETING_KEY_MISSING";
  private static final String NOT_FOUND = "FLAG_NOT_FOUND";

  private final Vertx vertx;
  private final GrowthbusOptions options;
  private final EventTracker tracker;
  private final ProviderEvents events = new ProviderEvents(this);
  private volatile @Nullable FlagClient client;
  private volatile boolean isShutDown;

  /** As {@link #GrowthbusProvider(Vertx, GrowthbusOptions)}, with the defaults. */
  public GrowthbusProvider(Vertx vertx) {
    this(vertx, GrowthbusOptions.DEFAULTS);
  }

  /**
   * A provider that is ready once it is initialized.
   *
   * @param vertx member of the cluster; it stays open when the provider is shut down
   */
  public GrowthbusProvider(Vertx vertx, GrowthbusOptions options) {
    this.vertx = vertx;
    this.options = options;
    this.tracker = new EventTracker(Bus.of(vertx), InstantSource.system());
  }

  @Override
  public Metadata getMetadata() {
    return () -> NAME;
  }

  /** What answers, for questions that may not wait; empty before the initialization. */
  public Optional<FlagClient> flagClient() {
    return Optional.ofNullable(client);
  }

  /**
   * Reads the definitions; when they do not come in time, it goes on trying and becomes ready
   * later.
   *
   * @throws GeneralError when they did not come in time, and on an event loop, which must not wait
   * @throws FatalError when the provider was shut down: a new one is needed
   */
  @Override
  public synchronized void initialize(EvaluationContext context) {
    if (isShutDown) {
      throw new FatalError("The provider was shut down; make a new one.");
    }
    if (Context.isOnEventLoopThread()) {
      throw new GeneralError(
          "An event loop must not wait for the flags: use setProvider, which does not wait, or call"
              + " setProviderAndWait on a worker thread.");
    }
    FlagClient started = client;
    if (started == null) {
      started =
          await(
              aside(() -> FlagClient.start(vertx, options.client())),
              options.client().startTimeout().plus(PATIENCE));
      client = started;
      started.addListener(events);
    }
    if (started.state() == FlagClientState.NOT_READY) {
      throw new GeneralError(
          "No node has answered with the flags yet; the provider goes on trying and becomes ready"
              + " when one does.");
    }
  }

  /** Sends what is tracked, ends the client, and tells of nothing any more. */
  @Override
  public synchronized void shutdown() {
    isShutDown = true;
    FlagClient ended = client;
    client = null;
    if (ended != null) {
      ended.removeListener(events);
    }
    CompletableFuture<?> done =
        tracker
            .flush()
            .thenCompose(
                sent ->
                    ended == null ? CompletableFuture.completedFuture(null) : aside(ended::close));
    if (!Context.isOnEventLoopThread()) {
      try {
        await(done, PATIENCE);
      } catch (GeneralError e) {
        LOG.warn("the provider was shut down before all was sent: {}", e.getMessage());
      }
    }
    events.close();
    super.shutdown();
  }

  @Override
  public ProviderEvaluation<Boolean> getBooleanEvaluation(
      String key, Boolean defaultValue, @Nullable EvaluationContext context) {
    return evaluate(key, context, FlagValues::asBoolean, "a boolean");
  }

  @Override
  public ProviderEvaluation<String> getStringEvaluation(
      String key, String defaultValue, @Nullable EvaluationContext context) {
    return evaluate(key, context, FlagValues::asText, "a text");
  }

  @Override
  public ProviderEvaluation<Integer> getIntegerEvaluation(
      String key, Integer defaultValue, @Nullable EvaluationContext context) {
    return evaluate(key, context, FlagValues::asInteger, "a whole number of 32 bits");
  }

  @Override
  public ProviderEvaluation<Long> getLongEvaluation(
      String key, Long defaultValue, @Nullable EvaluationContext context) {
    return evaluate(key, context, FlagValues::asLong, "a whole number of 64 bits");
  }

  @Override
  public ProviderEvaluation<Double> getDoubleEvaluation(
      String key, Double defaultValue, @Nullable EvaluationContext context) {
    return evaluate(key, context, FlagValues::asDouble, "a number that a double holds exactly");
  }

  @Override
  public ProviderEvaluation<Value> getObjectEvaluation(
      String key, Value defaultValue, @Nullable EvaluationContext context) {
    return evaluate(key, context, FlagValues::asObject, "a value of OpenFeature");
  }

  /** Stores an event of the user that is the targeting key; does not wait for it. */
  @Override
  public void track(
      String name, @Nullable EvaluationContext context, @Nullable TrackingEventDetails details) {
    tracker.track(name, context, details);
  }

  private <T> ProviderEvaluation<T> evaluate(
      String key,
      @Nullable EvaluationContext context,
      Function<Object, Optional<T>> type,
      String expected) {
    FlagClient known = client;
    if (known == null || known.state() == FlagClientState.NOT_READY) {
      return error(ErrorCode.PROVIDER_NOT_READY, "The flags have not been read yet.");
    }
    try {
      Question question = Question.of(context);
      return evaluation(
          known.evaluateBlocking(
              key, question.userId(), question.attributes(), options.askTimeout()),
          type,
          expected);
    } catch (RoomException | IllegalStateException e) {
      return error(ErrorCode.GENERAL, String.valueOf(e.getMessage()));
    }
  }

  private static <T> ProviderEvaluation<T> evaluation(
      FlagAnswer answer, Function<Object, Optional<T>> type, String expected) {
    if (answer.reason().equals(NOT_FOUND)) {
      return error(ErrorCode.FLAG_NOT_FOUND, "There is no such flag.");
    }
    if (answer.reason().equals(KEY_MISSING)) {
      return error(
          ErrorCode.TARGETING_KEY_MISSING,
          "The flag depends on whom it is for; set a targeting key, or the attribute that divides"
              + " its users.");
    }
    Optional<T> value = type.apply(answer.value());
    return value.isEmpty()
        ? error(ErrorCode.TYPE_MISMATCH, "The value of the flag is not " + expected + ".")
        : ProviderEvaluation.<T>builder()
            .value(value.get())
            .variant(answer.variant())
            .reason(answer.reason())
            .flagMetadata(metadata(answer))
            .build();
  }

  private static ImmutableMetadata metadata(FlagAnswer answer) {
    ImmutableMetadata.ImmutableMetadataBuilder metadata =
        ImmutableMetadata.builder().addLong("revision", answer.revision());
    if (answer.rule() != null) {
      metadata.addString("rule", answer.rule());
    }
    if (answer.flagRevision() > 0) {
      metadata.addLong("flag_revision", answer.flagRevision());
    }
    return metadata.build();
  }

  /** Without a value: the SDK puts the caller's default there. */
  private static <T> ProviderEvaluation<T> error(ErrorCode code, String message) {
    return ProviderEvaluation.<T>builder()
        .reason(Reason.ERROR.toString())
        .errorCode(code)
        .errorMessage(message)
        .build();
  }

  /**
   * Begins an operation on a thread of its own: what completes it may be the context that waits.
   */
  private static <T> CompletableFuture<T> aside(Supplier<Future<T>> operation) {
    return CompletableFuture.supplyAsync(() -> operation.get().toCompletionStage())
        .thenCompose(Function.identity());
  }

  private static <T> T await(CompletableFuture<T> result, Duration most) {
    try {
      return result.get(most.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new GeneralError("The event bus cannot be used.", e.getCause());
    } catch (TimeoutException e) {
      throw new GeneralError("The event bus did not answer in time.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GeneralError("The thread was interrupted while it waited.");
    }
  }
}
