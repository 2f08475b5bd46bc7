package io.growthbus.edge;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.DeleteSchema;
import io.growthbus.shared.message.EventSchema;
import io.growthbus.shared.message.GenerateTypes;
import io.growthbus.shared.message.ListSchemas;
import io.growthbus.shared.message.PublishSchema;
import io.growthbus.shared.message.SchemaChange;
import io.growthbus.shared.message.SchemaList;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Routes of the registry of contracts: every version of each, publishing, removing. */
final class SchemaRoutes {
  /** Largest body of a contract; the room bounds the text of the schema itself. */
  private static final int LARGEST_BODY = 256 * 1024;

  private static final int LONGEST_VERSION = 64;

  private final Api api;
  private final Bus bus;

  SchemaRoutes(Api api, Bus bus) {
    this.api = api;
    this.bus = bus;
  }

  void mount(Router router) {
    new AdminCollection(api, "/api/admin/schemas", "event")
        .mount(router, LARGEST_BODY, this::all, this::one, this::publish, this::delete);
  }

  private Future<Answer> all(Call call) {
    return switch (call.query("format").orElse("json")) {
      case "json" -> list(null);
      case "typescript" ->
          bus.ask(Channels.GENERATE_TYPES, new GenerateTypes())
              .map(
                  types ->
                      AdminCollection.tagged(
                          types.revision(),
                          new Answer(
                              200,
                              "text/plain; charset=utf-8",
                              Buffer.buffer(types.typescript()),
                              Map.of())));
      default ->
          Future.failedFuture(
              new RoomException(
                  ErrorKind.INVALID, "invalid_format", "The format must be json or typescript."));
    };
  }

  private Future<Answer> one(Call call) {
    return list(call.path("event"));
  }

  private Future<Answer> list(@Nullable String event) {
    return bus.ask(Channels.LIST_SCHEMAS, new ListSchemas(event))
        .map(
            found -> {
              if (event != null && found.schemas().isEmpty()) {
                throw new RoomException(
                    ErrorKind.NOT_FOUND,
                    "unknown_schema",
                    "No contract has an event of this name.");
              }
              return AdminCollection.shown(found.revision(), body(found));
            });
  }

  private static JsonObject body(SchemaList found) {
    JsonArray schemas = new JsonArray();
    for (EventSchema schema : found.schemas()) {
      schemas.add(
          new JsonObject()
              .put("event", schema.event())
              .put("version", schema.version())
              .put("source", schema.source().name().toLowerCase(Locale.ROOT))
              .put(
                  "published_at",
                  schema.source() == EventSchema.Source.FILE ? null : schema.publishedAtMs())
              .put("schema", new JsonObject(schema.schema())));
    }
    return new JsonObject().put("schemas", schemas);
  }

  private Future<Answer> publish(Call call) {
    String event = call.path("event");
    AdminBody body = AdminBody.of(call.body(), Set.of("version", "schema", "key", "event"));
    body.mayOnlyBe("key", event);
    body.mayOnlyBe("event", event);
    String version = body.text("version", LONGEST_VERSION);
    String schema = body.object("schema");
    body.check();
    return bus.ask(
            Channels.PUBLISH_SCHEMA,
            new PublishSchema(event, version, schema, Revisions.expected(call), call.actor()))
        .map(SchemaRoutes::changed);
  }

  private Future<Answer> delete(Call call) {
    return bus.ask(
            Channels.DELETE_SCHEMA,
            new DeleteSchema(
                call.path("event"),
                call.query("version").orElse(null),
                Revisions.expected(call),
                call.actor()))
        .map(SchemaRoutes::changed);
  }

  private static Answer changed(SchemaChange change) {
    return Answer.ok(
        AdminCollection.change(
            change.revision(),
            change.changed(),
            change.nodes(),
            change.pending(),
            change.appliedAtMs()));
  }
}
