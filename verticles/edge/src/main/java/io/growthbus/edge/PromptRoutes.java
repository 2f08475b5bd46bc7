package io.growthbus.edge;

import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.message.AcknowledgePrompt;
import io.growthbus.shared.message.AcknowledgePrompt.Action;
import io.growthbus.shared.message.ListPendingPrompts;
import io.growthbus.shared.message.Prompt;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.Locale;
import java.util.Objects;

/** Routes of prompts, for pages without a socket. */
final class PromptRoutes {
  private final Api api;
  private final Bus bus;

  PromptRoutes(Api api, Bus bus) {
    this.api = api;
    this.bus = bus;
  }

  void mount(Router router) {
    Api.reading(router, "/api/prompts").handler(api.route(this::pending, Kind.USER));
    for (Action action : Action.values()) {
      String word = action.name().toLowerCase(Locale.ROOT);
      router
          .post("/api/prompts/:id/" + word)
          .handler(api.route(call -> acknowledge(call, action), Kind.USER));
    }
  }

  private Future<Answer> pending(Call call) {
    return bus.ask(Channels.LIST_PENDING_PROMPTS, new ListPendingPrompts(user(call)))
        .map(
            pending -> {
              JsonArray prompts = new JsonArray();
              pending.prompts().forEach(prompt -> prompts.add(body(prompt)));
              return Answer.ok(new JsonObject().put("prompts", prompts));
            });
  }

  private Future<Answer> acknowledge(Call call, Action action) {
    return bus.ask(
            Channels.ACKNOWLEDGE_PROMPT, new AcknowledgePrompt(user(call), call.path("id"), action))
        .map(
            done ->
                Answer.ok(
                    new JsonObject().put("prompt_id", done.promptId()).put("state", done.state())));
  }

  private static String user(Call call) {
    return Objects.requireNonNull(call.principal().userId(), "the route admits users only");
  }

  /** A prompt as pages see it, on the socket and over HTTP. */
  static JsonObject body(Prompt prompt) {
    return new JsonObject()
        .put("type", "prompt")
        .put("prompt_id", prompt.promptId())
        .put("rule", prompt.rule())
        .put("event", prompt.event())
        .put("count", prompt.count())
        .put("threshold", prompt.threshold())
        .put("variant", prompt.variant())
        .put("title", prompt.title())
        .put("body", prompt.body())
        .put("cta", new JsonObject().put("label", prompt.ctaLabel()).put("url", prompt.ctaUrl()))
        .put("expires_at", prompt.expiresAtMs());
  }
}
