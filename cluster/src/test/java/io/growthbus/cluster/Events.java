package io.growthbus.cluster;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.UUID;

/** Telemetry as pages send it. */
final class Events {
  private Events() {}

  /** An event with a new id that moves the meter {@code project_created}. */
  static JsonObject projectCreated(String userId) {
    return event("project_created", userId);
  }

  /** An event of the shipped catalogue with a new id and all that it must have. */
  static JsonObject event(String name, String userId) {
    JsonObject properties =
        switch (name) {
          case "project_created" -> new JsonObject().put("project_type", "website");
          case "api_call" ->
              new JsonObject().put("endpoint", "/v1/projects").put("status_code", 200);
          case "team_invite_sent" ->
              new JsonObject().put("role", "viewer").put("invitee_domain", "example.org");
          default -> throw new IllegalArgumentException(name);
        };
    return new JsonObject()
        .put("event_id", UUID.randomUUID().toString())
        .put("schema_version", "1.0.0")
        .put("user_id", userId)
        .put("timestamp", System.currentTimeMillis())
        .put("name", name)
        .put("properties", properties);
  }

  /** A batch of so many such events. */
  static JsonObject projectsCreated(String userId, int count) {
    JsonArray batch = new JsonArray();
    for (int i = 0; i < count; i++) {
      batch.add(projectCreated(userId));
    }
    return new JsonObject().put("batch", batch);
  }
}
