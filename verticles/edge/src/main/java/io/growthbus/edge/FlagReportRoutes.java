package io.growthbus.edge;

import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.FlagForm;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.EvaluateFlagAt;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagEvaluatedAt;
import io.growthbus.shared.message.FlagReport;
import io.growthbus.shared.message.FlagReport.StaleFlag;
import io.growthbus.shared.message.FlagReport.UnknownFlag;
import io.growthbus.shared.message.ReadFlagReport;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an operator asks about flags: which ones nobody uses, and what one answers or answered. */
final class FlagReportRoutes {
  private static final int LONGEST_KEY = 128;
  private static final long LATEST = 253_402_300_799_999L;

  private final Api api;
  private final Bus bus;

  FlagReportRoutes(Api api, Bus bus) {
    this.api = api;
    this.bus = bus;
  }

  void mount(Router router) {
    Api.reading(router, "/api/admin/flag-report").handler(api.route(this::report, Kind.OPERATOR));
    router.post("/api/admin/evaluate").handler(api.route(this::evaluate, Kind.OPERATOR));
  }

  private Future<Answer> report(Call call) {
    return bus.ask(Channels.READ_FLAG_REPORT, new ReadFlagReport())
        .map(report -> Answer.ok(body(report)));
  }

  private static JsonObject body(FlagReport report) {
    JsonArray stale = new JsonArray();
    report.stale().forEach(flag -> stale.add(body(flag)));
    JsonArray unknown = new JsonArray();
    report.unknown().forEach(flag -> unknown.add(body(flag)));
    return new JsonObject()
        .put("revision", report.revision())
        .put("unused_since_days", report.unusedSinceDays())
        .put("counted_since", report.countedSinceMs())
        .put("definitions_fetched_at", report.fetchedAtMs())
        .put("stale", stale)
        .put("unknown", unknown);
  }

  private static JsonObject body(StaleFlag flag) {
    return new JsonObject()
        .put("key", flag.key())
        .put("evaluated_in", flag.client() ? "browser" : "server")
        .put("last_evaluated_at", flag.lastEvaluatedAtMs())
        .put("changed_at", flag.changedAtMs());
  }

  private static JsonObject body(UnknownFlag flag) {
    JsonArray askedBy = new JsonArray();
    if (flag.byClient()) {
      askedBy.add("browser");
    }
    if (flag.byServer()) {
      askedBy.add("server");
    }
    return new JsonObject()
        .put("key", flag.key())
        .put("count", flag.count())
        .put("last_asked_at", flag.lastAskedAtMs())
        .put("asked_by", askedBy);
  }

  private Future<Answer> evaluate(Call call) {
    AdminBody body = AdminBody.of(call.body(), Set.of("flag", "user_id", "attributes", "at"));
    String key = body.text("flag", LONGEST_KEY);
    String user = body.has("user_id") ? body.text("user_id", UserTokens.LONGEST_USER_ID) : null;
    String attributes = body.has("attributes") ? body.object("attributes") : "{}";
    Long at = body.has("at") ? (Long) body.number("at", 0, LATEST) : null;
    body.check();
    Map<String, Object> known = JsonBody.object(Buffer.buffer(attributes)).getMap();
    JsonObject answer = new JsonObject().put("flag", key).put("user_id", user).put("at", at);
    return at == null
        ? bus.ask(Channels.EVALUATE_FLAG, new EvaluateFlag(key, user, known))
            .map(now -> Answer.ok(evaluated(answer, now, null)))
        : bus.ask(Channels.EVALUATE_FLAG_AT, new EvaluateFlagAt(key, user, known, at))
            .map(then -> Answer.ok(evaluated(answer, then.answer(), then)));
  }

  private static JsonObject evaluated(
      JsonObject answer, FlagAnswer flag, @Nullable FlagEvaluatedAt then) {
    if (flag.reason().equals("FLAG_NOT_FOUND")) {
      throw new RoomException(ErrorKind.NOT_FOUND, "unknown_flag", "There is no such flag.");
    }
    return answer
        .put("value", flag.value())
        .put("variant", flag.variant())
        .put("reason", flag.reason())
        .put("rule", flag.rule())
        .put("revision", flag.revision())
        .put("in_force", then == null ? null : inForce(then))
        .put("missing_facts", new JsonArray(then == null ? List.of() : then.missingFacts()));
  }

  private static JsonObject inForce(FlagEvaluatedAt then) {
    return new JsonObject()
        .put("valid_from", then.validFromMs())
        .put("valid_to", then.validToMs())
        .put("source", then.source())
        .put("definition", new JsonObject(FlagForm.of(then.definition())));
  }
}
