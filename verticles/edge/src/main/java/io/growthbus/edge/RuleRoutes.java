package io.growthbus.edge;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.message.DeleteRule;
import io.growthbus.shared.message.ListRules;
import io.growthbus.shared.message.PutRule;
import io.growthbus.shared.message.RuleChange;
import io.growthbus.shared.message.RuleState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.Locale;

/** Routes of the rules of activation. */
final class RuleRoutes {
  private static final String ALL = "/api/admin/rules";

  private final Api api;
  private final Bus bus;

  RuleRoutes(Api api, Bus bus) {
    this.api = api;
    this.bus = bus;
  }

  void mount(Router router) {
    new AdminCollection(api, ALL, "key")
        .mount(router, Api.SMALL_BODY, this::all, this::one, this::put, this::delete);
  }

  private Future<Answer> all(Call call) {
    return bus.ask(Channels.LIST_RULES, new ListRules(null))
        .map(
            found -> {
              JsonArray rules = new JsonArray();
              found.rules().forEach(rule -> rules.add(body(rule)));
              return AdminCollection.shown(found.revision(), new JsonObject().put("rules", rules));
            });
  }

  private Future<Answer> one(Call call) {
    return bus.ask(Channels.LIST_RULES, new ListRules(call.path("key")))
        .map(
            found ->
                AdminCollection.shown(
                    found.revision(), new JsonObject().put("rule", body(found.rules().get(0)))));
  }

  private Future<Answer> put(Call call) {
    return bus.ask(
            Channels.PUT_RULE,
            new PutRule(
                call.path("key"),
                AdminBody.text(call.body()),
                Revisions.expected(call),
                call.actor()))
        .map(RuleRoutes::changed);
  }

  private Future<Answer> delete(Call call) {
    return bus.ask(
            Channels.DELETE_RULE,
            new DeleteRule(call.path("key"), Revisions.expected(call), call.actor()))
        .map(RuleRoutes::changed);
  }

  private static Answer changed(RuleChange change) {
    JsonObject body =
        AdminCollection.change(
                change.revision(),
                change.changed(),
                change.nodes(),
                change.pending(),
                change.appliedAtMs())
            .put("warnings", new JsonArray(change.warnings()));
    return Answer.ok(change.rule() == null ? body : body.put("rule", body(change.rule())));
  }

  private static JsonObject body(RuleState rule) {
    JsonObject body =
        new JsonObject(rule.definition())
            .put("source", rule.source().name().toLowerCase(Locale.ROOT));
    return rule.updatedAtMs() == null ? body : body.put("updated_at", rule.updatedAtMs());
  }
}
