package io.growthbus.edge;

import io.growthbus.edge.core.Principal.Kind;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.time.Duration;
import java.util.Set;

/** Routes for the SDK and the customer's backend: user tokens and the SDK's settings. */
final class AuthRoutes {
  private final Api api;
  private final UserTokens tokens;
  private final Live<GrowthConfig> config;

  AuthRoutes(Api api, UserTokens tokens, Live<GrowthConfig> config) {
    this.api = api;
    this.tokens = tokens;
    this.config = config;
  }

  void mount(Router router) {
    router.post("/api/auth/user-token").handler(api.route(this::userToken, Kind.SERVER));
    Api.reading(router, "/api/sdk/config")
        .handler(api.route(this::sdkConfig, Kind.BROWSER, Kind.USER, Kind.SERVER));
  }

  private Future<Answer> userToken(Call call) {
    JsonBody body = JsonBody.of(call.body(), Set.of("user_id", "ttl_s"));
    String user = body.text("user_id", UserTokens.LONGEST_USER_ID);
    long seconds =
        body.number("ttl_s", UserTokens.USUAL.toSeconds(), 1, UserTokens.LONGEST.toSeconds());
    UserTokens.Issued issued = tokens.issue(user, Duration.ofSeconds(seconds));
    return Future.succeededFuture(
        Answer.ok(
            new JsonObject().put("token", issued.token()).put("expires_at", issued.expiresAtMs())));
  }

  private Future<Answer> sdkConfig(Call call) {
    GrowthConfig.Telemetry telemetry = config.get().telemetry();
    return Future.succeededFuture(
        Answer.ok(
                new JsonObject()
                    .put("schema_version", telemetry.schemaVersion())
                    .put("batch_size", telemetry.batchSize())
                    .put("flush_interval_ms", telemetry.flushInterval().toMillis())
                    .put(
                        "consent",
                        new JsonObject()
                            .put("required", config.get().consent().required())
                            .put("purpose", config.get().consent().purpose())))
            .with("Cache-Control", "public, max-age=60"));
  }
}
