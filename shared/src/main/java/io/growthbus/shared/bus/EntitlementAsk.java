package io.growthbus.shared.bus;

import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.message.ResolveEntitlement;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Asks for an entitlement after a change of it was heard. */
public final class EntitlementAsk {
  private EntitlementAsk() {}

  /**
   * The entitlement of the revision that was announced, or a later one; the last answer when none
   * comes in time.
   *
   * @return fails as {@link Bus#ask} does
   */
  public static Future<Entitlement> atLeast(Vertx vertx, Bus bus, EntitlementChanged change) {
    return FreshAsk.until(
        vertx,
        () -> bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(change.userId())),
        answer -> answer.revision() >= change.revision());
  }
}
