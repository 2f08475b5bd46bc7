package io.growthbus.entitlements;

import io.growthbus.entitlements.core.StandardSignature;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.settings.Settings;
import java.time.Duration;
import java.util.List;

/**
 * Settings of entitlements.
 *
 * @param stripeSecrets secrets of Stripe's webhook endpoint; several while they are rotated
 * @param standardSecrets secrets of senders of Standard Webhooks
 * @param cacheSize users that a node keeps in memory
 * @param readTimeout longest wait for PostgreSQL before a question is answered without it
 * @param readConnections connections that answer what users may use, beside those of deliveries
 * @param members how it is looked who belongs to which account by events
 * @param reconciliation how what Stripe says itself is compared
 */
public record EntitlementsSettings(
    List<WebhookSecret> stripeSecrets,
    List<WebhookSecret> standardSecrets,
    int cacheSize,
    Duration readTimeout,
    int readConnections,
    MemberSweepSettings members,
    ReconciliationSettings reconciliation) {
  private static final String STRIPE = "stripe.webhook.secret";
  private static final String STANDARD = "standard.webhook.secret";

  public static EntitlementsSettings from(Settings settings) {
    Problems problems = settings.problems();
    List<Secret> stripe =
        settings.secrets(
            STRIPE, "Secrets of Stripe's webhook endpoint, the first one signs the demo");
    List<Secret> standard =
        settings.secrets(STANDARD, "Secrets of Standard Webhooks: whsec_ and base64");
    List<WebhookSecret> standardSecrets =
        WebhookSecret.parse(standard, Settings.environmentName(STANDARD), problems);
    if (standardSecrets.stream()
        .anyMatch(secret -> StandardSignature.key(secret.secret().reveal()).isEmpty())) {
      problems.error(
          Settings.environmentName(STANDARD),
          "a secret must be base64, with whsec_ in front of it or not");
    }
    return new EntitlementsSettings(
        WebhookSecret.parse(stripe, Settings.environmentName(STRIPE), problems),
        standardSecrets,
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
            "900ms"),
        settings.integer(
            "entitlements.read.connections",
            "Connections that answer what users may use, however many webhooks arrive",
            2,
            1,
            64),
        MemberSweepSettings.from(settings),
        ReconciliationSettings.from(settings));
  }

  /** The same with this secret of Stripe's. */
  public EntitlementsSettings withStripeSecret(Secret secret) {
    return new EntitlementsSettings(
        List.of(WebhookSecret.of(secret)),
        standardSecrets,
        cacheSize,
        readTimeout,
        readConnections,
        members,
        reconciliation);
  }
}
