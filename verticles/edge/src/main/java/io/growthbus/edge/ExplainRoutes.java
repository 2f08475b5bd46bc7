package io.growthbus.edge;

import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.ExplainPrompt;
import io.growthbus.shared.message.PromptExplanation;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;

/** Why a prompt was, or was not, shown to a user. */
final class ExplainRoutes {
  private static final int LONGEST_RULE = 128;

  private final Api api;
  private final Bus bus;

  ExplainRoutes(Api api, Bus bus) {
    this.api = api;
    this.bus = bus;
  }

  void mount(Router router) {
    Api.reading(router, "/api/admin/explain").handler(api.route(this::explain, Kind.OPERATOR));
  }

  private Future<Answer> explain(Call call) {
    String user = Call.storedId(call.query("user").orElse(""));
    String rule = call.query("rule").orElse("");
    if (rule.isEmpty() || rule.length() > LONGEST_RULE || rule.indexOf('\0') >= 0) {
      throw new RoomException(
          ErrorKind.INVALID,
          "invalid_rule",
          "Name the rule: ?user=USER&rule=KEY, a key of 1 to " + LONGEST_RULE + " characters.");
    }
    return bus.ask(Channels.EXPLAIN_PROMPT, new ExplainPrompt(user, rule))
        .map(explanation -> Answer.ok(body(explanation)));
  }

  private static JsonObject body(PromptExplanation explanation) {
    JsonArray steps = new JsonArray();
    explanation
        .steps()
        .forEach(
            step ->
                steps.add(
                    new JsonObject()
                        .put("step", step.step())
                        .put("outcome", step.outcome())
                        .put("facts", new JsonObject(step.facts()))));
    return new JsonObject()
        .put("user_id", explanation.userId())
        .put("rule", explanation.rule())
        .put("verdict", explanation.verdict())
        .put("text", explanation.text())
        .put("steps", steps);
  }
}
