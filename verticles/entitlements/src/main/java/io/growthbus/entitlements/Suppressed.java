package io.growthbus.entitlements;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.Future;
import java.util.function.Function;

/** Users of whom nothing is stored any more. */
final class Suppressed {
  private Suppressed() {}

  /**
   * Completes when a user is not kept out.
   *
   * @param keptOut whether a user is kept out after an erasure
   * @return fails with {@link RoomException} {@code user_suppressed}, or as {@code keptOut} does
   */
  static Future<Void> refuse(Function<String, Future<Boolean>> keptOut, String userId) {
    return keptOut
        .apply(userId)
        .compose(
            out ->
                out
                    ? Future.failedFuture(
                        new RoomException(
                            ErrorKind.CONFLICT,
                            "user_suppressed",
                            "The user was erased and is kept out; nothing is stored."))
                    : Future.succeededFuture());
  }
}
