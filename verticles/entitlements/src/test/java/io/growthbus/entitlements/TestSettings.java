package io.growthbus.entitlements;

import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.settings.Settings;
import java.time.Duration;
import java.util.List;

/** Settings of tests: those of the product but for what a test needs. */
final class TestSettings {
  private TestSettings() {}

  static EntitlementsSettings of(List<Secret> stripe, int cacheSize, Duration readTimeout) {
    return of(stripe, List.of(), cacheSize, readTimeout);
  }

  static EntitlementsSettings of(
      List<Secret> stripe, List<Secret> standard, int cacheSize, Duration readTimeout) {
    return new EntitlementsSettings(
        stripe.stream().map(WebhookSecret::of).toList(),
        standard.stream().map(WebhookSecret::of).toList(),
        cacheSize,
        readTimeout,
        2,
        MemberSweepSettings.from(Settings.defaults()),
        ReconciliationSettings.from(Settings.defaults()));
  }
}
