package io.growthbus.edge;

import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.FlagForm;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.message.EvaluateFlags;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagAnswers;
import io.growthbus.shared.message.FlagSet;
import io.growthbus.shared.message.ReadFlagSet;
import io.growthbus.shared.message.UsedFacts;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Routes of flags: definitions for evaluation in the browser, and evaluation on the server. */
final class FlagRoutes {
  private static final int MOST_KEYS = 1_000;

  private final Api api;
  private final Bus bus;

  FlagRoutes(Api api, Bus bus) {
    this.api = api;
    this.bus = bus;
  }

  void mount(Router router) {
    Api.reading(router, "/api/flags/definitions")
        .handler(api.route(this::definitions, Kind.BROWSER, Kind.USER, Kind.SERVER));
    router.post("/api/flags/evaluate").handler(api.route(this::evaluate, Kind.SERVER));
  }

  private Future<Answer> definitions(Call call) {
    boolean server = call.principal().isServer();
    // What a token narrows is nobody else's, although the address is the same.
    boolean shared = call.principal().kind() == Kind.BROWSER;
    Optional<String> user =
        call.principal().userId() == null
            ? call.query("user_id").map(Call::userId)
            : Optional.of(call.principal().userId());
    return bus.ask(Channels.READ_FLAG_SET, new ReadFlagSet())
        .map(
            set -> {
              Answer answer = Answer.ok(definitions(set, server, user));
              return answer
                  .with("ETag", Api.tag(answer.body()))
                  .with("Cache-Control", shared ? "public, max-age=60" : "private, no-cache")
                  // The same address says more to another key: a cache keeps them apart.
                  .with("Vary", "Origin, Authorization, X-API-Key");
            });
  }

  private static JsonObject definitions(FlagSet set, boolean server, Optional<String> user) {
    JsonArray flags = new JsonArray();
    for (FlagDefinition flag : set.flags()) {
      // Browsers that know the short form only would give another answer to the long one.
      if (server || (flag.surface() == Surface.CLIENT && flag.targeting() == null)) {
        JsonObject definition =
            server
                ? new JsonObject(FlagForm.of(flag))
                : new JsonObject()
                    .put("key", flag.key())
                    .put("enabled", flag.enabled())
                    .put("rollout_percentage", number(flag.rolloutPercentage()));
        definition.put("target_users", new JsonArray(targets(flag, server, user)));
        if (set.flagRevisions() != null && set.flagRevisions().containsKey(flag.key())) {
          definition.put("revision", set.flagRevisions().get(flag.key()));
        }
        flags.add(definition);
      }
    }
    return new JsonObject().put("version", set.revision()).put("flags", flags);
  }

  /** A browser learns of itself only; other users' ids never leave the server. */
  private static List<String> targets(FlagDefinition flag, boolean server, Optional<String> user) {
    if (user.isPresent()) {
      return flag.targetUsers().stream().filter(user.get()::equals).toList();
    }
    return server ? flag.targetUsers() : List.of();
  }

  private static Number number(double value) {
    return value == Math.rint(value) ? (Number) (long) value : (Number) value;
  }

  private Future<Answer> evaluate(Call call) {
    JsonBody body = JsonBody.of(call.body(), Set.of("user_id", "attributes", "keys", "track"));
    String userId = body.text("user_id", UserTokens.LONGEST_USER_ID);
    EvaluateFlags question =
        new EvaluateFlags(
            userId,
            body.object("attributes").orElse(null),
            body.texts("keys", MOST_KEYS).orElse(null),
            false,
            false,
            body.flag("track"));
    return bus.ask(Channels.EVALUATE_FLAGS, question)
        .map(answers -> Answer.ok(answers(answers).put("user_id", userId)));
  }

  private static JsonObject answers(FlagAnswers answers) {
    JsonObject flags = new JsonObject();
    answers.answers().forEach((key, answer) -> flags.put(key, answer(answer)));
    return new JsonObject().put("revision", answers.revision()).put("flags", flags);
  }

  /** An answer as HTTP gives it. */
  static JsonObject answer(FlagAnswer answer) {
    JsonObject json =
        new JsonObject()
            .put("value", answer.value())
            .put("variant", answer.variant())
            .put("reason", answer.reason())
            .put("revision", answer.revision());
    if (answer.rule() != null) {
      json.put("rule", answer.rule());
    }
    if (answer.flagRevision() > 0) {
      json.put("flag_revision", answer.flagRevision());
    }
    return answer.facts() == null ? json : json.put("facts", facts(answer.facts()));
  }

  private static JsonObject facts(UsedFacts used) {
    JsonObject json = new JsonObject();
    if (used.entitlementRevision() != null) {
      json.put("entitlement_revision", used.entitlementRevision());
    }
    if (used.usage() != null) {
      json.put("usage", new JsonObject(new LinkedHashMap<>(used.usage())));
    }
    return json;
  }
}
