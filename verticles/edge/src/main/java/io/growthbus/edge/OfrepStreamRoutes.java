package io.growthbus.edge;

import io.growthbus.edge.core.Credentials;
import io.growthbus.edge.core.Principal;
import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.edge.core.StreamTopics;
import io.growthbus.edge.stream.EventStreams;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.settings.Secret;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * OFREP's event stream, and the address of it that a caller is given.
 *
 * <p>Browsers can send no header with it, and keep its address for weeks. So the address holds what
 * is public or good for nothing else: the publishable key, and the names of {@link StreamTopics}.
 */
final class OfrepStreamRoutes {
  private static final String PATH = "/ofrep/v1/stream";
  private static final int INACTIVITY_S = 120;

  private final Api api;
  private final EdgeSettings settings;
  private final StreamTopics topics;
  private final EventStreams streams;

  OfrepStreamRoutes(Api api, EdgeSettings settings, StreamTopics topics, EventStreams streams) {
    this.api = api;
    this.settings = settings;
    this.topics = topics;
    this.streams = streams;
  }

  void mount(Router router) {
    router
        .get(PATH)
        .handler(
            ctx ->
                topic(ctx)
                    .compose(topic -> streams.open(ctx.request(), topic.isEmpty() ? null : topic))
                    .onFailure(failure -> ProblemWriter.write(ctx, failure)));
  }

  /** What a bulk answer says of streams to this caller. */
  JsonArray entry(Principal caller) {
    return new JsonArray()
        .add(
            new JsonObject()
                .put("type", "sse")
                .put("endpoint", new JsonObject().put("requestUri", address(caller)))
                .put("inactivityDelaySec", INACTIVITY_S));
  }

  private String address(Principal caller) {
    Secret publishable = settings.publishableKey();
    Secret secret = settings.secretKey();
    if (caller.kind() == Kind.SERVER && secret != null) {
      return PATH + "?topic=" + topics.ofServer(secret.reveal());
    }
    String key =
        publishable == null
            ? ""
            : "?key=" + URLEncoder.encode(publishable.reveal(), StandardCharsets.UTF_8);
    return caller.userId() == null
        ? PATH + key
        : PATH + key + (key.isEmpty() ? "?" : "&") + "topic=" + topics.ofUser(caller.userId());
  }

  /** The topic that the caller may hear beside the flags, empty for none. */
  private Future<String> topic(RoutingContext ctx) {
    String topic = one(ctx.queryParam("topic"));
    if (topic != null && topic.length() != StreamTopics.LENGTH) {
      return Future.failedFuture(
          new RoomException(
              ErrorKind.INVALID,
              "invalid_topic",
              "Take the address of the stream from \"eventStreams\" as it is."));
    }
    Secret secret = settings.secretKey();
    if (topic != null && secret != null && topics.isServer(topic, secret.reveal())) {
      return Future.succeededFuture("");
    }
    return api.identify(ctx, Credentials::of)
        .compose(caller -> Api.permitted(caller, Kind.BROWSER, Kind.USER, Kind.SERVER))
        .map(
            caller ->
                caller.userId() != null
                    ? topics.ofUser(caller.userId())
                    : topic == null ? "" : topic);
  }

  private static @Nullable String one(List<String> values) {
    return values.size() == 1 ? values.get(0) : null;
  }
}
