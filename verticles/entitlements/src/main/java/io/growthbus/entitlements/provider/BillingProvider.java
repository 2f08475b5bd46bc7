package io.growthbus.entitlements.provider;

import com.fasterxml.jackson.databind.JsonNode;
import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is particular to one billing system: how a delivery is signed, and what it says. Everything
 * else is the same for all of them.
 */
public interface BillingProvider {

  /** Name in routes and tables, such as {@code stripe}. */
  String name();

  /**
   * Whether a delivery is signed by a secret that is valid now.
   *
   * @param headers by name in lower case
   * @param body raw bytes, before any parser
   * @param nowMs ms since the epoch
   */
  boolean isSigned(Map<String, String> headers, byte[] body, long nowMs);

  /** The provider's id of a delivery, where its headers say it and not its body; else null. */
  default @Nullable String deliveryId(Map<String, String> headers) {
    return null;
  }

  /**
   * A delivery in the words of this room; empty when it is not one of this provider. Read when it
   * arrives and again whenever its subscription is.
   *
   * @param deliveryId as {@link #deliveryId} said, or null
   * @param body an object
   * @param config says which prices stand for which tier
   */
  Optional<BillingEvent> read(@Nullable String deliveryId, JsonNode body, Entitlements config);
}
