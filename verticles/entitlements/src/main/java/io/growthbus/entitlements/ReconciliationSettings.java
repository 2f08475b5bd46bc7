package io.growthbus.entitlements;

import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.settings.Settings;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * How subscriptions are compared with what Stripe says itself.
 *
 * @param apiKey key of Stripe's API, restricted to reading subscriptions; null = no comparison
 * @param apiUrl base of Stripe's API
 * @param hourUtc hour of the nightly comparison, 0 to 23
 */
public record ReconciliationSettings(@Nullable Secret apiKey, URI apiUrl, int hourUtc) {
  private static final String URL = "stripe.api.url";
  private static final URI STRIPE = URI.create("https://api.stripe.com");

  static ReconciliationSettings from(Settings settings) {
    return new ReconciliationSettings(
        settings.secret("stripe.api.key", "Key of Stripe's API that may read subscriptions"),
        url(settings),
        settings.integer(
            "stripe.reconcile.hour", "Hour (UTC) of the nightly comparison with Stripe", 3, 0, 23));
  }

  private static URI url(Settings settings) {
    String text = settings.text(URL, "Base of Stripe's API", STRIPE.toString());
    try {
      URI uri = new URI(text);
      if (("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))
          && uri.getHost() != null
          && uri.getRawQuery() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Falls through to the one message for everything that is no address.
    }
    settings
        .problems()
        .error(Settings.environmentName(URL), "must be an address such as https://api.stripe.com");
    return STRIPE;
  }
}
