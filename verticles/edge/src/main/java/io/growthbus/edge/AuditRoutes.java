package io.growthbus.edge;

import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.AuditEntry;
import io.growthbus.shared.message.ListAudit;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Route of the audit: who changed what, newest first. */
final class AuditRoutes {
  private static final int MOST_ITEMS = 1_000;
  private static final int LONGEST = 200;
  private static final Set<String> QUERY = Set.of("kind", "key", "actor", "limit", "before");

  private final Api api;
  private final Bus bus;

  AuditRoutes(Api api, Bus bus) {
    this.api = api;
    this.bus = bus;
  }

  void mount(Router router) {
    Api.reading(router, "/api/admin/audit").handler(api.route(this::page, Kind.OPERATOR));
  }

  private Future<Answer> page(Call call) {
    if (!QUERY.containsAll(call.ctx().queryParams().names())) {
      throw new RoomException(
          ErrorKind.INVALID,
          "unknown_parameter",
          "The query may hold only: actor, before, key, kind, limit.");
    }
    ListAudit query =
        new ListAudit(
            word(call, "kind"),
            word(call, "key"),
            word(call, "actor"),
            (int) number(call, "limit", MOST_ITEMS).orElse(100L).longValue(),
            number(call, "before", Long.MAX_VALUE).orElse(null));
    return bus.ask(Channels.LIST_AUDIT, query)
        .map(
            page -> {
              JsonArray items = new JsonArray();
              page.items().forEach(entry -> items.add(body(entry)));
              return Answer.ok(
                  new JsonObject()
                      .put("items", items)
                      .put("next", page.next() == null ? null : String.valueOf(page.next())));
            });
  }

  private static @Nullable String word(Call call, String name) {
    String word = call.query(name).orElse(null);
    if (word != null && (word.length() > LONGEST || word.indexOf('\0') >= 0)) {
      throw invalid(name, "may have " + LONGEST + " characters, and no NUL");
    }
    return word;
  }

  private static Optional<Long> number(Call call, String name, long most) {
    return call.query(name)
        .map(
            text -> {
              long number = text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
              if (number < 1 || number > most) {
                throw invalid(name, "must be a whole number from 1 to " + most);
              }
              return number;
            });
  }

  private static RoomException invalid(String name, String what) {
    return new RoomException(
        ErrorKind.INVALID,
        name.equals("limit") ? "invalid_limit" : "invalid_parameter",
        "The parameter \"" + name + "\" " + what + ".");
  }

  private static JsonObject body(AuditEntry entry) {
    return new JsonObject()
        .put("id", entry.id())
        .put("at", entry.atMs())
        .put("actor", entry.actor())
        .put("action", entry.action())
        .put("kind", entry.kind())
        .put("key", entry.key())
        .put("revision", entry.revision())
        .put("before", json(entry.before()))
        .put("after", json(entry.after()));
  }

  private static @Nullable JsonObject json(@Nullable String text) {
    return text == null ? null : new JsonObject(text);
  }
}
