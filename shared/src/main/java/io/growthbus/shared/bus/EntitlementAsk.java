package io.growthbus.shared.bus;

import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.message.ResolveEntitlement;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;

/**
 * Asks for an entitlement after a change of it was heard.
 *
 * <p>The broadcast of a change reaches every listener of a node in its own time: whoever hears it
 * first may ask a room entitlements that still answers from its cache. So an answer of an older
 * revision is asked for again, half a second long at most.
 */
public final class EntitlementAsk {
  private static final int TRIES = 10;
  private static final long PAUSE_MS = 50;

  private EntitlementAsk() {}

  /**
   * The entitlement of the revision that was announced, or a later one; the last answer when none
   * comes in time.
   *
   * @return fails as {@link Bus#ask} does
   */
  public static Future<Entitlement> atLeast(Vertx vertx, Bus bus, EntitlementChanged change) {
    return ask(vertx, bus, change, TRIES);
  }

  private static Future<Entitlement> ask(
      Vertx vertx, Bus bus, EntitlementChanged change, int tries) {
    return bus.ask(Channels.RESOLVE_ENTITLEMENT, new ResolveEntitlement(change.userId()))
        .compose(
            answer ->
                answer.revision() >= change.revision() || tries == 0
                    ? Future.succeededFuture(answer)
                    : vertx
                        .timer(PAUSE_MS, TimeUnit.MILLISECONDS)
                        .compose(later -> ask(vertx, bus, change, tries - 1)));
  }
}
