package io.growthbus.entitlements.provider;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.store.SubscriptionStore.Delivery;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.settings.Secret;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of Stripe's API: {@code GET /v1/subscriptions?status=all}, a hundred at a time.
 *
 * <p>Source: Stripe's API reference, "List subscriptions" and "Pagination". An answer counts as
 * said in the second before it was asked for: whatever a webhook says of that second or later is
 * newer.
 */
public final class StripeApi implements SubscriptionSource {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FIRST = "/v1/subscriptions?status=all&limit=100";
  private static final String TYPE = "customer.subscription.updated";
  private static final int CONNECT_MS = 5_000;
  private static final int ANSWER_MS = 30_000;
  private static final int LARGEST_ANSWER = 16 * 1024 * 1024;

  private final HttpClient client;
  private final URI base;
  private final Secret key;
  private final Supplier<Entitlements> config;

  /**
   * @param base of the API, such as {@code https://api.stripe.com}
   * @param key that may read subscriptions
   */
  public StripeApi(Vertx vertx, URI base, Secret key, Supplier<Entitlements> config) {
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setConnectTimeout(CONNECT_MS)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout(ANSWER_MS));
    this.base = base;
    this.key = key;
    this.config = config;
  }

  @Override
  public String provider() {
    return StripeProvider.NAME;
  }

  @Override
  public Future<Page> read(@Nullable String next, long askedMs) {
    String path =
        next == null
            ? FIRST
            : FIRST + "&starting_after=" + URLEncoder.encode(next, StandardCharsets.UTF_8);
    return client
        .request(
            new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setAbsoluteURI(base.resolve(path).toString())
                .setFollowRedirects(false)
                .putHeader("Authorization", "Bearer " + key.reveal()))
        .compose(
            request ->
                request
                    .send()
                    .compose(StripeApi::body)
                    .timeout(ANSWER_MS, TimeUnit.MILLISECONDS)
                    .onFailure(failure -> request.reset()))
        .map(body -> page(parse(body.toString()), next, askedMs))
        .recover(StripeApi::failed);
  }

  /** The body of an answer that is one, up to the largest that is read. */
  private static Future<Buffer> body(HttpClientResponse answer) {
    Promise<Buffer> read = Promise.promise();
    Buffer body = Buffer.buffer();
    answer.exceptionHandler(read::tryFail);
    if (answer.statusCode() != 200) {
      read.fail(new SourceException("Stripe's API answered " + answer.statusCode()));
      return read.future();
    }
    answer.endHandler(end -> read.tryComplete(body));
    answer.handler(
        part -> {
          if (body.length() + part.length() > LARGEST_ANSWER) {
            answer.handler(rest -> {});
            read.tryFail(new SourceException("Stripe's API sent more than can be read"));
          } else {
            body.appendBuffer(part);
          }
        });
    return read.future();
  }

  private static Future<Page> failed(Throwable failure) {
    return Future.failedFuture(
        failure instanceof SourceException
            ? failure
            : new SourceException(
                "Stripe's API does not answer: " + failure.getClass().getSimpleName()));
  }

  private static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new SourceException("Stripe's API did not answer with JSON");
    }
  }

  private Page page(JsonNode answer, @Nullable String after, long askedMs) {
    if (!answer.path("data").isArray()) {
      throw new SourceException("Stripe's API did not answer with a list");
    }
    List<Delivery> deliveries = new ArrayList<>();
    String last = null;
    for (JsonNode subscription : answer.path("data")) {
      last = JsonFields.text(subscription.path("id"));
      if (last == null || JsonFields.text(subscription.path("status")) == null) {
        throw new SourceException("Stripe's API sent a subscription without an id or a status");
      }
      delivery(last, subscription, askedMs).ifPresent(deliveries::add);
    }
    boolean more = answer.path("has_more").asBoolean(false);
    if (more && (last == null || last.equals(after))) {
      throw new SourceException("Stripe's API says that there is more, and sends none of it");
    }
    return new Page(List.copyOf(deliveries), more ? last : null);
  }

  private Optional<Delivery> delivery(String id, JsonNode subscription, long askedMs) {
    long second = askedMs / 1000 - 1;
    ObjectNode event = JSON.createObjectNode();
    event.put("id", "reconciled:" + id + ":" + askedMs);
    event.put("type", TYPE);
    event.put("created", second);
    event.putObject("data").set("object", subscription);
    Optional<BillingEvent> read = StripeEvents.read(event, config.get());
    return read.map(
        said ->
            new Delivery(
                StripeProvider.NAME, said, "growthbus.reconciled", event.toString(), askedMs));
  }

  /** Closes its connections. */
  public Future<Void> close() {
    return client.close();
  }
}
