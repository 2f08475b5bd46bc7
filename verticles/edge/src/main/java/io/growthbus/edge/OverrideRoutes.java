package io.growthbus.edge;

import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.message.DeleteOverride;
import io.growthbus.shared.message.OverrideChange;
import io.growthbus.shared.message.OverrideState;
import io.growthbus.shared.message.OverrideSubject;
import io.growthbus.shared.message.PutAccountMember;
import io.growthbus.shared.message.PutOverride;
import io.growthbus.shared.message.ReadOverride;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Routes of overrides of users and accounts, and of the members of accounts. */
final class OverrideRoutes {
  private static final String OF_USER = "/api/admin/overrides/:userId";
  private static final String OF_ACCOUNT = "/api/admin/overrides/accounts/:accountId";
  private static final String MEMBER = "/api/accounts/:accountId/members/:userId";

  private final Api api;
  private final Bus bus;

  OverrideRoutes(Api api, Bus bus) {
    this.api = api;
    this.bus = bus;
  }

  void mount(Router router) {
    for (String path : new String[] {OF_ACCOUNT, OF_USER}) {
      Api.reading(router, path).handler(api.route(this::read, Kind.OPERATOR));
      router.put(path).handler(api.route(this::put, Kind.OPERATOR));
      router.delete(path).handler(api.route(this::delete, Kind.OPERATOR));
    }
    router.put(MEMBER).handler(api.route(call -> member(call, true), Kind.SERVER, Kind.OPERATOR));
    router
        .delete(MEMBER)
        .handler(api.route(call -> member(call, false), Kind.SERVER, Kind.OPERATOR));
  }

  private Future<Answer> read(Call call) {
    OverrideSubject subject = subject(call);
    return bus.ask(Channels.READ_OVERRIDE, new ReadOverride(subject))
        .map(
            found -> {
              Answer answer = Answer.ok(body(subject, found));
              return answer
                  .with("ETag", Revisions.tag(found.revision(), answer.body()))
                  .with("Cache-Control", "private, no-cache");
            });
  }

  private static JsonObject body(OverrideSubject subject, OverrideState found) {
    return new JsonObject()
        .put(field(subject), subject.id())
        .put("revision", found.revision())
        .put("changed_at", found.changedAtMs())
        .put("override", new JsonObject(found.definition()));
  }

  private Future<Answer> put(Call call) {
    String definition = new String(call.body().getBytes(), StandardCharsets.UTF_8);
    return bus.ask(
            Channels.PUT_OVERRIDE,
            new PutOverride(subject(call), definition, actor(call), Revisions.expected(call)))
        .map(change -> Answer.ok(body(change)));
  }

  private Future<Answer> delete(Call call) {
    return bus.ask(
            Channels.DELETE_OVERRIDE,
            new DeleteOverride(subject(call), actor(call), Revisions.expected(call)))
        .map(change -> Answer.ok(body(change)));
  }

  private static JsonObject body(OverrideChange change) {
    return new JsonObject()
        .put("revision", change.revision())
        .put("changed", change.changed())
        .put("override", change.definition() == null ? null : new JsonObject(change.definition()));
  }

  private Future<Answer> member(Call call, boolean member) {
    String account = id(call, "accountId");
    String user = id(call, "userId");
    return bus.ask(Channels.PUT_ACCOUNT_MEMBER, new PutAccountMember(account, user, member))
        .map(
            change ->
                Answer.ok(
                    new JsonObject()
                        .put("account_id", account)
                        .put("user_id", user)
                        .put("member", member)
                        .put("changed", change.changed())));
  }

  private static OverrideSubject subject(Call call) {
    return call.path("accountId").isEmpty()
        ? new OverrideSubject(OverrideSubject.Kind.USER, id(call, "userId"))
        : new OverrideSubject(OverrideSubject.Kind.ACCOUNT, id(call, "accountId"));
  }

  private static String field(OverrideSubject subject) {
    return subject.kind() == OverrideSubject.Kind.USER ? "user_id" : "account_id";
  }

  private static String id(Call call, String parameter) {
    return Call.storedId(call.path(parameter));
  }

  /** Who orders it, for the history. */
  private static String actor(Call call) {
    return call.principal().kind().name().toLowerCase(Locale.ROOT);
  }
}
