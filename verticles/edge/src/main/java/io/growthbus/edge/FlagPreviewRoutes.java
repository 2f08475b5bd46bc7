package io.growthbus.edge;

import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.message.FlagImpact;
import io.growthbus.shared.message.FlagImpact.Outcome;
import io.growthbus.shared.message.FlagPreview;
import io.growthbus.shared.message.MeasureImpact;
import io.growthbus.shared.message.PreviewFlag;
import io.growthbus.shared.message.PreviewFlag.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Routes by which an operator looks at a flag before it is changed. */
final class FlagPreviewRoutes {
  private static final String FLAG = "/api/admin/flags/:key";
  private static final int MOST_BYTES = 1024 * 1024;
  private static final int MOST_CONTEXTS = 1_000;

  private final Api api;
  private final Bus bus;

  FlagPreviewRoutes(Api api, Bus bus) {
    this.api = api;
    this.bus = bus;
  }

  void mount(Router router) {
    router.post(FLAG + "/preview").handler(api.route(MOST_BYTES, this::preview, Kind.OPERATOR));
    router.post(FLAG + "/impact").handler(api.route(MOST_BYTES, this::impact, Kind.OPERATOR));
  }

  private Future<Answer> preview(Call call) {
    AdminBody body = AdminBody.of(call.body(), Set.of("definition", "contexts"));
    String definition = body.optionalObject("definition").orElse(null);
    List<Context> contexts = contexts(body);
    body.check();
    return bus.ask(Channels.PREVIEW_FLAG, new PreviewFlag(call.path("key"), definition, contexts))
        .map(preview -> Answer.ok(body(preview)));
  }

  private static List<Context> contexts(AdminBody body) {
    JsonArray sent = body.array("contexts", MOST_CONTEXTS);
    List<Context> contexts = new ArrayList<>();
    for (int i = 0; i < sent.size(); i++) {
      String place = "contexts/" + i;
      if (sent.getValue(i) instanceof JsonObject context) {
        if (!Set.of("user_id", "attributes").containsAll(context.fieldNames())) {
          body.noteAt("/" + place, "may hold only user_id and attributes");
        }
        contexts.add(
            new Context(
                userId(body, place, context.getValue("user_id")),
                attributes(body, place, context.getValue("attributes"))));
      } else {
        body.noteAt("/" + place, "must be an object");
      }
    }
    return contexts;
  }

  private static @Nullable String userId(AdminBody body, String place, @Nullable Object value) {
    if (value == null) {
      return null;
    }
    if (value instanceof String text
        && !text.isEmpty()
        && text.length() <= UserTokens.LONGEST_USER_ID) {
      return text;
    }
    body.noteAt(
        "/" + place + "/user_id",
        "must be a text of 1 to " + UserTokens.LONGEST_USER_ID + " characters");
    return null;
  }

  private static @Nullable Map<String, Object> attributes(
      AdminBody body, String place, @Nullable Object value) {
    if (value instanceof JsonObject object) {
      return object.getMap();
    }
    if (value != null) {
      body.noteAt("/" + place + "/attributes", "must be an object");
    }
    return null;
  }

  private static JsonObject body(FlagPreview preview) {
    JsonArray answers = new JsonArray();
    preview
        .answers()
        .forEach(
            previewed -> {
              JsonObject item =
                  new JsonObject().put("current", FlagRoutes.answer(previewed.current()));
              answers.add(
                  previewed.proposed() == null
                      ? item
                      : item.put("proposed", FlagRoutes.answer(previewed.proposed())));
            });
    return new JsonObject().put("revision", preview.revision()).put("answers", answers);
  }

  private Future<Answer> impact(Call call) {
    AdminBody body = AdminBody.of(call.body(), Set.of("definition"));
    String definition = body.object("definition");
    body.check();
    return bus.ask(Channels.MEASURE_IMPACT, new MeasureImpact(call.path("key"), definition))
        .map(impact -> Answer.ok(body(impact)));
  }

  private static JsonObject body(FlagImpact impact) {
    JsonArray changes = new JsonArray();
    impact
        .changes()
        .forEach(
            change ->
                changes.add(
                    new JsonObject()
                        .put("from", outcome(change.from()))
                        .put("to", outcome(change.to()))
                        .put("users", change.users())));
    return new JsonObject()
        .put("revision", impact.revision())
        .put("users", impact.users())
        .put("known_users", impact.known())
        .put("more_users", impact.more())
        .put("changed", impact.changed())
        .put("unknown", impact.unknown())
        .put("changes", changes);
  }

  private static JsonObject outcome(Outcome outcome) {
    return new JsonObject().put("variant", outcome.variant()).put("reason", outcome.reason());
  }
}
