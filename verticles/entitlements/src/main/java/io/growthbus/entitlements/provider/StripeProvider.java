package io.growthbus.entitlements.provider;

import com.fasterxml.jackson.databind.JsonNode;
import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.StripeSignature;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Stripe. */
public final class StripeProvider implements BillingProvider {
  /** Its name. */
  public static final String NAME = "stripe";

  private static final String SIGNATURE = "stripe-signature";

  private final LongFunction<List<String>> secrets;

  /**
   * @param secrets those that are valid at a moment, ms since the epoch
   */
  public StripeProvider(LongFunction<List<String>> secrets) {
    this.secrets = secrets;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean isSigned(Map<String, String> headers, byte[] body, long nowMs) {
    return StripeSignature.isValid(
        headers.getOrDefault(SIGNATURE, ""), body, secrets.apply(nowMs), nowMs / 1000);
  }

  @Override
  public Optional<BillingEvent> read(
      @Nullable String deliveryId, JsonNode body, Entitlements config) {
    return StripeEvents.read(body, config);
  }
}
