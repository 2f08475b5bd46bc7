package io.growthbus.entitlements.provider;

import io.growthbus.entitlements.store.SubscriptionStore.Delivery;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a billing system can be asked for its subscriptions themselves. */
public interface SubscriptionSource {

  /**
   * Some subscriptions, each in the form of a delivery of the moment before it was asked.
   *
   * @param next what to ask with for the following ones, null when these are the last
   */
  record Page(List<Delivery> subscriptions, @Nullable String next) {}

  /** Name of the provider. */
  String provider();

  /**
   * Asks for subscriptions, ended ones included.
   *
   * @param next null for the first ones
   * @param askedMs when it is asked, ms since the epoch, by the clock by which deliveries are dated
   * @return fails with {@link SourceException}
   */
  Future<Page> read(@Nullable String next, long askedMs);

  /** It did not answer, or not as documented; the message may be shown to an operator. */
  final class SourceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public SourceException(String message) {
      super(message);
    }
  }
}
