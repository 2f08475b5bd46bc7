package io.growthbus.edge;

import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.message.ApplyDefinitions;
import io.growthbus.shared.message.DefinitionChange;
import io.growthbus.shared.message.DefinitionItem;
import io.growthbus.shared.message.DefinitionList;
import io.growthbus.shared.message.DefinitionsApplied;
import io.growthbus.shared.message.DeleteDefinition;
import io.growthbus.shared.message.ListDefinitions;
import io.growthbus.shared.message.PutDefinition;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.Locale;

/** Routes of flags, segments and holdouts, one by one and as one document. */
final class DefinitionRoutes {
  private static final int LARGEST_DEFINITION = 512 * 1024;
  private static final int LARGEST_DOCUMENT = 4 * 1024 * 1024;
  private static final String DOCUMENT = "/api/admin/definitions";

  private final Api api;
  private final Bus bus;

  DefinitionRoutes(Api api, Bus bus) {
    this.api = api;
    this.bus = bus;
  }

  void mount(Router router) {
    for (Definition.Kind kind : Definition.Kind.values()) {
      new AdminCollection(api, "/api/admin/" + word(kind) + "s", "key")
          .mount(
              router,
              LARGEST_DEFINITION,
              call -> list(kind),
              call -> read(kind, call),
              call -> put(kind, call),
              call -> delete(kind, call));
    }
    Api.reading(router, DOCUMENT).handler(api.route(this::export, Kind.OPERATOR));
    router.post(DOCUMENT).handler(api.route(LARGEST_DOCUMENT, this::apply, Kind.OPERATOR));
  }

  private static String word(Definition.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private Future<Answer> list(Definition.Kind kind) {
    return bus.ask(Channels.LIST_DEFINITIONS, new ListDefinitions(kind, null))
        .map(
            found -> {
              JsonArray items = new JsonArray();
              found.items().forEach(item -> items.add(body(item)));
              return AdminCollection.shown(
                  found.revision(), new JsonObject().put(word(kind) + "s", items));
            });
  }

  private Future<Answer> read(Definition.Kind kind, Call call) {
    return bus.ask(Channels.LIST_DEFINITIONS, new ListDefinitions(kind, call.path("key")))
        .map(
            found ->
                AdminCollection.shown(
                    found.revision(),
                    new JsonObject().put(word(kind), body(found.items().get(0)))));
  }

  private static JsonObject body(DefinitionItem item) {
    JsonObject body =
        new JsonObject(item.definition())
            .put("source", item.source().name().toLowerCase(Locale.ROOT));
    return item.updatedAtMs() == null ? body : body.put("updated_at", item.updatedAtMs());
  }

  private Future<Answer> put(Definition.Kind kind, Call call) {
    return bus.ask(
            Channels.PUT_DEFINITION,
            new PutDefinition(
                kind,
                call.path("key"),
                AdminBody.text(call.body()),
                Revisions.expected(call),
                call.actor()))
        .map(change -> changed(kind, change));
  }

  private Future<Answer> delete(Definition.Kind kind, Call call) {
    return bus.ask(
            Channels.DELETE_DEFINITION,
            new DeleteDefinition(kind, call.path("key"), Revisions.expected(call), call.actor()))
        .map(change -> changed(kind, change));
  }

  private static Answer changed(Definition.Kind kind, DefinitionChange change) {
    JsonObject body =
        AdminCollection.change(
                change.revision(),
                change.changed(),
                change.nodes(),
                change.pending(),
                change.appliedAtMs())
            .put("warnings", new JsonArray(change.warnings()));
    return Answer.ok(change.item() == null ? body : body.put(word(kind), body(change.item())));
  }

  /** All of them in the form of {@code growth.json}; the revision is in the tag. */
  private Future<Answer> export(Call call) {
    return bus.ask(Channels.LIST_DEFINITIONS, new ListDefinitions(null, null))
        .map(
            found -> {
              JsonObject flags =
                  new JsonObject()
                      .put("definitions", each(found, Definition.Kind.FLAG))
                      .put("segments", each(found, Definition.Kind.SEGMENT))
                      .put("holdouts", each(found, Definition.Kind.HOLDOUT));
              return AdminCollection.tagged(
                  found.revision(), Answer.ok(new JsonObject().put("flags", flags)));
            });
  }

  private static JsonArray each(DefinitionList found, Definition.Kind kind) {
    JsonArray definitions = new JsonArray();
    found.items().stream()
        .filter(item -> item.kind() == kind)
        .forEach(item -> definitions.add(new JsonObject(item.definition())));
    return definitions;
  }

  private Future<Answer> apply(Call call) {
    return bus.ask(
            Channels.APPLY_DEFINITIONS,
            new ApplyDefinitions(
                AdminBody.text(call.body()),
                Revisions.expected(call),
                isDryRun(call),
                call.actor()))
        .map(DefinitionRoutes::applied);
  }

  private static boolean isDryRun(Call call) {
    return switch (call.query("dry_run").orElse("false")) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new RoomException(
              ErrorKind.INVALID, "invalid_parameter", "\"dry_run\" must be true or false.");
    };
  }

  private static Answer applied(DefinitionsApplied applied) {
    JsonArray changes = new JsonArray();
    applied
        .changes()
        .forEach(
            change ->
                changes.add(
                    new JsonObject()
                        .put("action", change.action())
                        .put("kind", word(change.kind()))
                        .put("key", change.key())
                        .put("fields", new JsonArray(change.fields()))));
    return Answer.ok(
        AdminCollection.change(
                applied.revision(),
                !applied.changes().isEmpty() && !applied.dryRun(),
                applied.nodes(),
                applied.pending(),
                applied.appliedAtMs())
            .put("dry_run", applied.dryRun())
            .put("changes", changes)
            .put("warnings", new JsonArray(applied.warnings())));
  }
}
