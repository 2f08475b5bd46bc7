package io.growthbus.cluster;

import io.growthbus.edge.EdgeSettings;
import io.growthbus.entitlements.EntitlementsSettings;
import io.growthbus.shared.settings.Secret;

/** Settings of the rooms that need secrets, which are made once in the database unless set. */
record RoomSecrets(EntitlementsSettings entitlements, EdgeSettings edge) {

  /** What is configured; what would come from the database is missing. */
  static RoomSecrets configured(NodeConfig config) {
    return new RoomSecrets(config.entitlements(), config.edge());
  }

  /**
   * All of them.
   *
   * @throws StartException when the database does not answer
   */
  static RoomSecrets of(NodeConfig config, Migrations migrations) {
    EntitlementsSettings entitlements = entitlements(config.entitlements(), migrations);
    return new RoomSecrets(entitlements, edge(config.edge(), entitlements, migrations));
  }

  private static EntitlementsSettings entitlements(
      EntitlementsSettings settings, Migrations migrations) {
    return settings.stripeSecrets().isEmpty()
        ? settings.withStripeSecret(migrations.generatedSecret("stripe-webhook", "whsec_"))
        : settings;
  }

  private static EdgeSettings edge(
      EdgeSettings settings, EntitlementsSettings entitlements, Migrations migrations) {
    if (!settings.openMode()) {
      return settings;
    }
    Secret token =
        settings.tokenSecret() == null
            ? migrations.generatedSecret("user-token", "")
            : settings.tokenSecret();
    return settings
        .withTokenSecret(token)
        .withDemoWebhookSecret(entitlements.stripeSecrets().get(0).secret());
  }
}
