package io.growthbus.edge;

import io.growthbus.edge.Api.Endpoint;
import io.growthbus.edge.core.Principal.Kind;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Things of one kind that operators list, read, put and delete. All of them have one revision: it
 * is the tag of what is shown, a change may expect it, and a change answers which nodes act by it.
 */
final class AdminCollection {
  private final Api api;
  private final String all;
  private final String one;

  /**
   * @param path of all of them
   * @param name of the path parameter that names one
   */
  AdminCollection(Api api, String path, String name) {
    this.api = api;
    this.all = path;
    this.one = path + "/:" + name;
  }

  /**
   * Mounts the four routes.
   *
   * @param mostBytes largest body of a put
   */
  void mount(
      Router router, int mostBytes, Endpoint list, Endpoint read, Endpoint put, Endpoint delete) {
    Api.reading(router, all).handler(api.route(list, Kind.OPERATOR));
    Api.reading(router, one).handler(api.route(read, Kind.OPERATOR));
    router.put(one).handler(api.route(mostBytes, put, Kind.OPERATOR));
    router.delete(one).handler(api.route(delete, Kind.OPERATOR));
  }

  /** What is shown of a revision, for this operator's cache alone. */
  static Answer shown(long revision, JsonObject body) {
    return tagged(revision, Answer.ok(body.put("revision", revision)));
  }

  /** An answer with the tag of a revision. */
  static Answer tagged(long revision, Answer answer) {
    return answer
        .with("ETag", Revisions.tag(revision, answer.body()))
        .with("Cache-Control", "private, no-cache");
  }

  /**
   * The body of an answer to a change.
   *
   * @param nodes that act by the revision; null when nobody was asked
   * @param pending nodes that do not yet; null when nobody was asked
   * @param appliedAtMs when each of {@code nodes} said so, ms since the epoch
   */
  static JsonObject change(
      long revision,
      boolean changed,
      @Nullable List<String> nodes,
      @Nullable List<String> pending,
      @Nullable Map<String, Long> appliedAtMs) {
    return new JsonObject()
        .put("revision", revision)
        .put("changed", changed)
        .put("nodes", new JsonArray(nodes == null ? List.of() : nodes))
        .put("pending", new JsonArray(pending == null ? List.of() : pending))
        .put(
            "applied_at",
            new JsonObject(new TreeMap<>(appliedAtMs == null ? Map.of() : appliedAtMs)));
  }
}
