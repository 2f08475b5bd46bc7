package io.growthbus.edge;

import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.FlagForm;
import io.growthbus.shared.flags.BrowserFlags;
import io.growthbus.shared.flags.BrowserFlags.View;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Flags;
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
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Routes of flags: definitions for evaluation in the browser, and evaluation on the server. */
final class FlagRoutes {
  private static final int MOST_KEYS = 1_000;

  private final Api api;
  private final Bus bus;
  private volatile BrowserFlags latest = new BrowserFlags(Flags.NONE);

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
              Answer answer = Answer.ok(definitions(set, server, user.orElse(null)));
              return answer
                  .with("ETag", Api.tag(answer.body()))
                  .with("Cache-Control", shared ? "public, max-age=60" : "private, no-cache")
                  // The same address says more to another key: a cache keeps them apart.
                  .with("Vary", "Origin, Authorization, X-API-Key");
            });
  }

  private JsonObject definitions(FlagSet set, boolean server, @Nullable String user) {
    BrowserFlags flags = prepared(set);
    View view = server ? user == null ? flags.whole() : flags.whole(user) : flags.page(user);
    JsonArray plain = new JsonArray();
    JsonArray targeted = new JsonArray();
    for (FlagDefinition flag : view.flags().definitions()) {
      JsonObject form = new JsonObject(FlagForm.of(flag));
      if (!server) {
        form.remove("evaluation");
      }
      if (set.flagRevisions() != null && set.flagRevisions().containsKey(flag.key())) {
        form.put("revision", set.flagRevisions().get(flag.key()));
      }
      // Clients that know the short form only would give another answer to the long one.
      (flag.targeting() == null ? plain : targeted).add(form);
    }
    return new JsonObject()
        .put("version", set.revision())
        .put("flags", plain)
        .put("targeted", targeted)
        .put("segments", forms(view.flags().segments(), FlagForm::of))
        .put("holdouts", forms(view.flags().holdouts(), FlagForm::of))
        .put("remote", new JsonArray(view.remote()));
  }

  private static <T> JsonArray forms(List<T> parts, Function<T, Map<String, Object>> form) {
    JsonArray forms = new JsonArray();
    parts.forEach(part -> forms.add(new JsonObject(form.apply(part))));
    return forms;
  }

  /** What callers may know of a set; the same one again while the definitions stay as they are. */
  private BrowserFlags prepared(FlagSet set) {
    Flags flags =
        new Flags(
            set.flags(),
            Objects.requireNonNullElse(set.segments(), List.of()),
            Objects.requireNonNullElse(set.holdouts(), List.of()));
    BrowserFlags last = latest;
    if (!last.flags().equals(flags)) {
      last = new BrowserFlags(flags);
      latest = last;
    }
    return last;
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
