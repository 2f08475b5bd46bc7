package io.growthbus.openfeature;

import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.MutableContext;
import dev.openfeature.sdk.OpenFeatureAPI;
import io.growthbus.shared.client.FlagClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;

/** The code of docs/openfeature.md. */
final class GuideExample {
  private GuideExample() {}

  static String pageTitle(Vertx vertx) {
    OpenFeatureAPI api = OpenFeatureAPI.getInstance();
    api.setProviderAndWait(new GrowthbusProvider(vertx));

    Client flags = api.getClient();
    MutableContext user = new MutableContext("ada").add("country", "DE").add("seats", 12);
    boolean export = flags.getBooleanValue("advanced_export", false, user);
    String title = flags.getStringValue("page_title", "Welcome", user);
    return export ? title + " and export" : title;
  }

  static Future<Boolean> nearTheLimit(Vertx vertx) {
    Future<FlagClient> started = FlagClient.start(vertx);

    return started.compose(
        flags -> {
          boolean export = flags.isEnabled("advanced_export", "ada", Map.of("country", "DE"));
          return flags
              .evaluate("near_the_limit", "ada", Map.of())
              .map(answer -> export && answer.value().equals(true));
        });
  }
}
