package io.growthbus.entitlements;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.provider.BillingProvider;
import io.growthbus.entitlements.store.SubscriptionStore;
import io.growthbus.entitlements.store.SubscriptionStore.Delivery;
import io.growthbus.entitlements.store.SubscriptionStore.Received;
import io.growthbus.entitlements.store.WebhookInbox;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.ListWebhooks;
import io.growthbus.shared.message.ReapplyWebhooks;
import io.growthbus.shared.message.ReceiveWebhook;
import io.growthbus.shared.message.WebhookPage;
import io.growthbus.shared.message.WebhookReceived;
import io.growthbus.shared.message.WebhooksReapplied;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes deliveries of billing systems, shows them, and applies them once more. */
final class WebhookService {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookService.class);
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
              .build());
  private static final int RETRIES = 2;

  /** Less than {@link io.growthbus.shared.bus.Channels#REAPPLY_WEBHOOKS} waits. */
  private static final Duration REAPPLYING = Duration.ofSeconds(6);

  private final SubscriptionStore store;
  private final WebhookInbox inbox;
  private final Map<String, BillingProvider> providers;
  private final Live<GrowthConfig> config;
  private final InstantSource clock;
  private final Function<String, Future<Boolean>> keptOut;
  private final Consumer<Map<String, Long>> changed;

  /**
   * @param keptOut whether a user is kept out after an erasure; fails with the error of PostgreSQL
   * @param changed hears which users have which revision, after the commit
   */
  WebhookService(
      SubscriptionStore store,
      WebhookInbox inbox,
      Collection<BillingProvider> providers,
      Live<GrowthConfig> config,
      InstantSource clock,
      Function<String, Future<Boolean>> keptOut,
      Consumer<Map<String, Long>> changed) {
    this.store = store;
    this.inbox = inbox;
    this.providers =
        providers.stream().collect(Collectors.toMap(BillingProvider::name, Function.identity()));
    this.config = config;
    this.clock = clock;
    this.keptOut = keptOut;
    this.changed = changed;
  }

  /**
   * Takes a delivery. One that is about a user who was erased is not stored.
   *
   * @return after the commit; fails with {@link RoomException} {@code invalid_signature}, {@code
   *     invalid_payload}, {@code unknown_provider}, or {@code store_unavailable} when the provider
   *     should deliver again
   */
  Future<WebhookReceived> receive(ReceiveWebhook order) {
    BillingProvider provider = providers.get(order.provider());
    if (provider == null) {
      return unknownProvider();
    }
    if (!provider.isSigned(order.headers(), order.body(), clock.millis())) {
      return refuse(
          "invalid_signature",
          "The signature does not fit the body, or its time is over 300 s off.");
    }
    String payload = new String(order.body(), StandardCharsets.UTF_8);
    String deliveryId = provider.deliveryId(order.headers());
    Optional<JsonNode> document = parse(payload);
    Optional<BillingEvent> event =
        document.flatMap(body -> provider.read(deliveryId, body, config.get().entitlements()));
    if (event.isEmpty() || document.isEmpty()) {
      return refuse(
          "invalid_payload", "The body is not an event of this provider, with all that it needs.");
    }
    return keep(new Delivery(
            order.provider(),
            event.get(),
            document.get().path("type").asText(),
            payload,
            order.receivedAtMs()))
        .map(outcome -> new WebhookReceived(event.get().eventId(), outcome));
  }

  private Future<String> keep(Delivery delivery) {
    return isKeptOut(delivery.event())
        .compose(
            out ->
                out
                    ? Future.succeededFuture("suppressed")
                    : written(delivery.event(), 0, () -> store.receive(delivery, this::read))
                        .onSuccess(received -> changed.accept(received.revisions()))
                        .map(Received::outcome));
  }

  /** A stored payload in the words of this room; empty when it is none, or erased. */
  Optional<BillingEvent> read(String provider, String eventId, String payload) {
    BillingProvider known = providers.get(provider);
    return known == null
        ? Optional.empty()
        : parse(payload).flatMap(body -> known.read(eventId, body, config.get().entitlements()));
  }

  /** Deliveries, newest first; fails as the inbox does. */
  Future<WebhookPage> list(ListWebhooks query) {
    return inbox.list(query).recover(StoreFailures::refusal);
  }

  /**
   * Applies one delivery, or all with an outcome, once more.
   *
   * @return fails with {@code unknown_provider}, {@code unknown_delivery} when the one that is
   *     named is not there or was erased, or {@code store_unavailable}
   */
  Future<WebhooksReapplied> reapply(ReapplyWebhooks order) {
    if (!providers.containsKey(order.provider())) {
      return unknownProvider();
    }
    if (order.eventId() != null) {
      return reapply(order.provider(), order.eventId())
          .compose(
              outcome ->
                  outcome.isEmpty()
                      ? Future.failedFuture(
                          new RoomException(
                              ErrorKind.NOT_FOUND,
                              "unknown_delivery",
                              "There is no such delivery, or it was erased."))
                      : Future.succeededFuture(new WebhooksReapplied(Map.of(outcome.get(), 1), 0)));
    }
    String outcome = Objects.requireNonNullElse(order.outcome(), "unlinked");
    return inbox
        .withOutcome(order.provider(), outcome, order.limit())
        .recover(StoreFailures::refusal)
        .compose(ids -> reapplyAll(order.provider(), ids));
  }

  /** One after the other, as long as who asked still waits. */
  private Future<WebhooksReapplied> reapplyAll(String provider, List<String> ids) {
    long until = clock.millis() + REAPPLYING.toMillis();
    Map<String, Integer> outcomes = new TreeMap<>();
    Future<Integer> left = Future.succeededFuture(0);
    for (String id : ids) {
      left =
          left.compose(
              before ->
                  before > 0 || clock.millis() > until
                      ? Future.succeededFuture(before + 1)
                      : reapply(provider, id)
                          .map(
                              outcome -> {
                                outcome.ifPresent(word -> outcomes.merge(word, 1, Integer::sum));
                                return 0;
                              }));
    }
    return left.map(count -> new WebhooksReapplied(outcomes, count));
  }

  private Future<Optional<String>> reapply(String provider, String eventId) {
    return store
        .reapply(provider, eventId, this::read)
        .map(
            received -> {
              received.ifPresent(done -> changed.accept(done.revisions()));
              return received.map(Received::outcome);
            })
        .recover(failure -> unavailable(eventId, failure));
  }

  /**
   * Stores what a provider says itself, when it grants something else than what is known.
   *
   * @return whether it did; fails with {@code store_unavailable}
   */
  Future<Boolean> correct(Delivery delivery) {
    BillingEvent event = delivery.event();
    AtomicInteger attempts = new AtomicInteger();
    Supplier<Future<Optional<Received>>> correction =
        () -> {
          attempts.incrementAndGet();
          return store.correct(delivery, this::read);
        };
    return isKeptOut(event)
        .compose(
            out ->
                out
                    ? Future.succeededFuture(Optional.<Received>empty())
                    : written(event, 0, correction))
        .map(
            received -> {
              received.ifPresent(done -> changed.accept(done.revisions()));
              // What an attempt finds stored, the one before it has stored without an answer.
              return received
                  .filter(done -> !done.outcome().equals("duplicate") || attempts.get() > 1)
                  .isPresent();
            });
  }

  private Future<Boolean> isKeptOut(BillingEvent event) {
    return event
        .namedUser()
        .map(user -> keptOut.apply(user).recover(e -> unavailable(event.eventId(), e)))
        .orElseGet(() -> Future.succeededFuture(false));
  }

  private static <T> Future<T> written(BillingEvent event, int attempt, Supplier<Future<T>> write) {
    return write
        .get()
        .recover(
            failure -> {
              if (Postgres.isTransient(failure) && attempt < RETRIES) {
                return written(event, attempt + 1, write);
              }
              if (Postgres.isPoison(failure)) {
                return refuse("invalid_payload", "The database refuses a value of the body.");
              }
              return unavailable(event.eventId(), failure);
            });
  }

  private static <T> Future<T> unavailable(String eventId, Throwable failure) {
    LOG.warn("delivery {} could not be stored: {}", eventId, Postgres.describe(failure));
    return Future.failedFuture(
        new RoomException(
            ErrorKind.UNAVAILABLE, "store_unavailable", "Not stored for certain; deliver again."));
  }

  private static <T> Future<T> unknownProvider() {
    return Future.failedFuture(
        new RoomException(
            ErrorKind.NOT_FOUND, "unknown_provider", "No billing system has this name here."));
  }

  private static <T> Future<T> refuse(String code, String message) {
    return Future.failedFuture(new RoomException(ErrorKind.INVALID, code, message));
  }

  private static Optional<JsonNode> parse(String text) {
    try {
      return Optional.of(JSON.readTree(text)).filter(JsonNode::isObject);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
