package io.growthbus.edge;

import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.ListReconciliations;
import io.growthbus.shared.message.ListWebhooks;
import io.growthbus.shared.message.ReapplyWebhooks;
import io.growthbus.shared.message.ReconciliationRun;
import io.growthbus.shared.message.StartReconciliation;
import io.growthbus.shared.message.StoredWebhook;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.Set;

/** Routes of the webhook inbox: what billing systems delivered, and doing it once more. */
final class WebhookRoutes {
  private static final String ALL = "/api/admin/webhooks";
  private static final String COMPARISONS = ALL + "/reconciliations";
  private static final Set<String> QUERY = Set.of("provider", "outcome", "limit", "cursor", "key");
  private static final int LONGEST = 255;
  private static final int MOST = 1_000;

  private final Api api;
  private final Bus bus;

  WebhookRoutes(Api api, Bus bus) {
    this.api = api;
    this.bus = bus;
  }

  void mount(Router router) {
    Api.reading(router, ALL).handler(api.route(this::list, Kind.OPERATOR));
    router.post(ALL + "/reapply").handler(api.route(this::reapply, Kind.OPERATOR));
    Api.reading(router, COMPARISONS).handler(api.route(this::comparisons, Kind.OPERATOR));
    router.post(COMPARISONS).handler(api.route(this::compare, Kind.OPERATOR));
  }

  private Future<Answer> list(Call call) {
    if (!QUERY.containsAll(call.ctx().queryParams().names())) {
      throw new RoomException(
          ErrorKind.INVALID,
          "unknown_parameter",
          "The query may hold only: provider, outcome, limit, cursor.");
    }
    return bus.ask(
            Channels.LIST_WEBHOOKS,
            new ListWebhooks(
                call.text("provider", LONGEST).orElse(null),
                call.text("outcome", LONGEST).orElse(null),
                call.limit(MOST),
                call.text("cursor", MOST).orElse(null)))
        .map(
            page -> {
              JsonArray items = new JsonArray();
              page.items().forEach(stored -> items.add(item(stored)));
              return Answer.ok(new JsonObject().put("items", items).put("next", page.next()));
            });
  }

  private Future<Answer> reapply(Call call) {
    AdminBody body = AdminBody.of(call.body(), Set.of("provider", "event_id", "outcome", "limit"));
    String provider = body.text("provider", LONGEST);
    String eventId = body.optionalText("event_id", LONGEST);
    String outcome = body.optionalText("outcome", LONGEST);
    int limit = body.number("limit", MOST, 1, MOST);
    body.check();
    return bus.ask(
            Channels.REAPPLY_WEBHOOKS, new ReapplyWebhooks(provider, eventId, outcome, limit))
        .map(
            done -> {
              JsonObject outcomes = new JsonObject();
              done.outcomes().forEach(outcomes::put);
              return Answer.ok(new JsonObject().put("outcomes", outcomes).put("left", done.left()));
            });
  }

  private Future<Answer> compare(Call call) {
    AdminBody body = AdminBody.of(call.body(), Set.of("provider"));
    String provider = body.text("provider", LONGEST);
    body.check();
    return bus.ask(Channels.RECONCILE, new StartReconciliation(provider))
        .map(run -> Answer.json(202, item(run)).with("Location", COMPARISONS));
  }

  private Future<Answer> comparisons(Call call) {
    return bus.ask(Channels.LIST_RECONCILIATIONS, new ListReconciliations())
        .map(
            found -> {
              JsonArray items = new JsonArray();
              found.runs().forEach(run -> items.add(item(run)));
              return Answer.ok(new JsonObject().put("items", items));
            });
  }

  private static JsonObject item(StoredWebhook stored) {
    return new JsonObject()
        .put("provider", stored.provider())
        .put("event_id", stored.eventId())
        .put("type", stored.type())
        .put("created_at", stored.createdAtMs())
        .put("received_at", stored.receivedAtMs())
        .put("subscription_id", stored.subscriptionId())
        .put("customer_id", stored.customerId())
        .put("outcome", stored.outcome())
        .put("payload", new JsonObject(stored.payload()));
  }

  private static JsonObject item(ReconciliationRun run) {
    return new JsonObject()
        .put("id", run.id())
        .put("provider", run.provider())
        .put("started_at", run.startedAtMs())
        .put("finished_at", run.finishedAtMs())
        .put("checked", run.checked())
        .put("corrected", run.corrected())
        .put("failure", run.failure());
  }
}
