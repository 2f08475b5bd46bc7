package io.growthbus.entitlements;

import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.settings.Settings;
import java.time.Duration;
import java.util.List;

/**
 * Settings of entitlements.
 *
 * @param stripeSecrets secrets of Stripe's webhook endpoint; several while they are rotated
 * @param cacheSize users that a node keeps in memory
 * @param readTimeout longest wait for PostgreSQL before a question is answered without it
 */
public record EntitlementsSettings(
    List<Secret> stripeSecrets, int cacheSize, Duration readTimeout) {

  public static EntitlementsSettings from(Settings settings) {
    return new EntitlementsSettings(
        settings.secrets(
            "stripe.webhook.secret",
            "Secrets of Stripe's webhook endpoint, the first one signs the demo"),
        settings.integer(
            "entitlements.cache.size",
            "Users that a node keeps in memory",
            100_000,
            100,
            10_000_000),
        settings.duration(
            "entitlements.read.timeout",
            "Longest wait for PostgreSQL before an answer without it",
            "500ms",
            "10ms",
            "10s"));
  }

  /** The same with these secrets. */
  public EntitlementsSettings withStripeSecrets(List<Secret> secrets) {
    return new EntitlementsSettings(List.copyOf(secrets), cacheSize, readTimeout);
  }
}
