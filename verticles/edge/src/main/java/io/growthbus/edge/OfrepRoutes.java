package io.growthbus.edge;

import io.growthbus.edge.core.Credentials;
import io.growthbus.edge.core.Principal;
import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.bus.FlagsAsk;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.Keys;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.Facts;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.EvaluateFlags;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagAnswers;
import io.growthbus.shared.message.UsedFacts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * OpenFeature's remote evaluation protocol (OFREP 0.3). Every failure is a JSON object with the
 * protocol's error code, because its clients parse the body of every answer.
 */
final class OfrepRoutes {
  private static final String ALL = "/ofrep/v1/evaluate/flags";

  /** Revision in the {@code etag} of a stream's event, as clients send it back. */
  private static final Pattern REVISION = Pattern.compile("(?:W/)?\"?(\\d{1,18})\"?");

  private final Vertx vertx;
  private final Api api;
  private final Bus bus;
  private final OfrepStreamRoutes streams;

  OfrepRoutes(Vertx vertx, Api api, Bus bus, OfrepStreamRoutes streams) {
    this.vertx = vertx;
    this.api = api;
    this.bus = bus;
    this.streams = streams;
  }

  void mount(Router router) {
    router.post(ALL + "/:key").handler(ctx -> route(ctx, ctx.pathParam("key"), this::one));
    router.post(ALL).handler(ctx -> route(ctx, null, this::all));
    streams.mount(router);
  }

  private void route(RoutingContext ctx, @Nullable String key, Evaluation evaluation) {
    // The library passes over a slash at the end; it is part of a key that no flag has.
    if (ctx.normalizedPath().endsWith("/")) {
      ProblemWriter.write(ctx, noSuchFlag());
    } else {
      answer(ctx, key, evaluation);
    }
  }

  /**
   * A question.
   *
   * @param key key of the flag, or null for all
   * @param revision that the caller knows to be there, 0 for none
   * @param track whether answers are recorded as exposures
   */
  private record Question(
      @Nullable String key,
      Principal caller,
      @Nullable String targetingKey,
      Map<String, Object> attributes,
      long revision,
      boolean track) {

    /** Whether only flags that pages may evaluate are there. */
    boolean clientOnly() {
      return !caller.isServer();
    }

    /** Whether the caller has not shown that it may speak of the user. */
    boolean unproven() {
      return clientOnly() && (targetingKey == null || !targetingKey.equals(caller.userId()));
    }
  }

  private interface Evaluation {
    Future<Answer> of(Question question);
  }

  private void answer(RoutingContext ctx, @Nullable String key, Evaluation evaluation) {
    BodyReader.read(ctx, Api.SMALL_BODY)
        .compose(
            body ->
                api.identify(ctx, Credentials::of)
                    .compose(caller -> Api.permitted(caller, Kind.BROWSER, Kind.USER, Kind.SERVER))
                    .map(caller -> question(key, caller, body, knownRevision(ctx), tracks(ctx))))
        .compose(evaluation::of)
        .onSuccess(answer -> Api.write(ctx, answer))
        .onFailure(failure -> ProblemWriter.write(ctx, failure));
  }

  /** What a stream has told the caller; anything else in the parameter says nothing. */
  private static long knownRevision(RoutingContext ctx) {
    if (ctx.request().query() == null) {
      return 0;
    }
    return ctx.queryParam("flagConfigEtag").stream()
        .map(REVISION::matcher)
        .filter(Matcher::matches)
        .mapToLong(matcher -> Long.parseLong(matcher.group(1)))
        .findFirst()
        .orElse(0);
  }

  /** Asked for by a header, because whatever stands in the context is an attribute. */
  private static boolean tracks(RoutingContext ctx) {
    return "true".equalsIgnoreCase(ctx.request().getHeader("X-Growthbus-Track"));
  }

  private static Question question(
      @Nullable String key, Principal caller, Buffer body, long revision, boolean track) {
    JsonObject json = JsonBody.object(body);
    Object context = json.getValue("context");
    if (context != null && !(context instanceof JsonObject)) {
      throw invalidContext("The context must be a JSON object.");
    }
    Map<String, Object> attributes =
        new LinkedHashMap<>(context instanceof JsonObject object ? object.getMap() : Map.of());
    Object unit = attributes.remove("targetingKey");
    if (unit != null
        && !(unit instanceof String text && text.length() <= UserTokens.LONGEST_USER_ID)) {
      throw invalidContext(
          "The targetingKey must be a text of 1 to " + UserTokens.LONGEST_USER_ID + " characters.");
    }
    if (!caller.isServer()) {
      // What only the server knows of a user, nobody else may say.
      attributes.keySet().removeIf(Facts::isFact);
    }
    String targetingKey = unit == null || unit.equals("") ? null : (String) unit;
    return new Question(key, caller, targetingKey, attributes, revision, track);
  }

  private Future<Answer> one(Question question) {
    String key = String.valueOf(question.key());
    if (!Keys.isKey(key)) {
      return Future.failedFuture(noSuchFlag());
    }
    return bus.ask(
            Channels.EVALUATE_FLAG,
            new EvaluateFlag(
                key,
                question.targetingKey(),
                question.attributes(),
                question.clientOnly(),
                question.unproven(),
                question.track()))
        .map(
            answer -> {
              if (answer.reason().equals(OfrepFailures.NOT_FOUND)) {
                throw noSuchFlag();
              }
              return Answer.json(
                  answer.reason().equals(OfrepFailures.KEY_MISSING) ? 400 : 200, item(key, answer));
            });
  }

  private Future<Answer> all(Question question) {
    // Another node may have told the caller of what this one is about to read.
    Future<?> known =
        question.revision() == 0
            ? Future.succeededFuture()
            : FlagsAsk.atLeast(vertx, bus, question.revision());
    return known
        .compose(
            present ->
                bus.ask(
                    Channels.EVALUATE_FLAGS,
                    new EvaluateFlags(
                        question.targetingKey(),
                        question.attributes(),
                        null,
                        question.clientOnly(),
                        question.unproven(),
                        question.track())))
        .map(
            answers -> {
              JsonArray items = new JsonArray();
              answers.answers().forEach((key, answer) -> items.add(item(key, answer)));
              JsonObject body =
                  new JsonObject()
                      .put("flags", items)
                      .put("metadata", new JsonObject().put("revision", answers.revision()))
                      .put("eventStreams", streams.entry(question.caller()));
              return Answer.ok(body)
                  .with("ETag", tag(question, answers, body))
                  .with("Cache-Control", "private, no-cache");
            });
  }

  /**
   * A tag over the revision, the context and the answer: clients keep theirs when an attribute
   * changes.
   */
  private static String tag(Question question, FlagAnswers answers, JsonObject body) {
    return Api.tag(
        new JsonArray()
            .add(answers.revision())
            .add(question.targetingKey())
            .add(new JsonObject(question.attributes()))
            .add(body)
            .toBuffer());
  }

  private static JsonObject item(String key, FlagAnswer answer) {
    if (answer.reason().equals(OfrepFailures.KEY_MISSING)) {
      return OfrepFailures.item(
          key,
          OfrepFailures.KEY_MISSING,
          "The flag depends on whom it is for; send a targetingKey.");
    }
    if (answer.reason().equals(OfrepFailures.NOT_FOUND)) {
      return OfrepFailures.item(key, OfrepFailures.NOT_FOUND, "There is no such flag.");
    }
    return new JsonObject()
        .put("key", key)
        .put("value", answer.value())
        .put("reason", answer.reason())
        .put("variant", answer.variant())
        .put("metadata", metadata(answer));
  }

  /** Flat, as the protocol wants it: texts, numbers and booleans only. */
  private static JsonObject metadata(FlagAnswer answer) {
    JsonObject metadata = new JsonObject().put("revision", answer.revision());
    if (answer.rule() != null) {
      metadata.put("rule", answer.rule());
    }
    if (answer.flagRevision() > 0) {
      metadata.put("flag_revision", answer.flagRevision());
    }
    UsedFacts used = answer.facts();
    if (used != null && used.entitlementRevision() != null) {
      metadata.put("entitlement_revision", used.entitlementRevision());
    }
    if (used != null && used.usage() != null) {
      used.usage().forEach((meter, value) -> metadata.put("usage." + meter, value));
    }
    return metadata;
  }

  private static RoomException invalidContext(String text) {
    return new RoomException(ErrorKind.INVALID, "invalid_context", text);
  }

  private static RoomException noSuchFlag() {
    return new RoomException(ErrorKind.NOT_FOUND, "unknown_flag", "There is no such flag.");
  }
}
