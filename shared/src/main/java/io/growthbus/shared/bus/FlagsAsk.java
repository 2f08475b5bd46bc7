package io.growthbus.shared.bus;

import io.growthbus.shared.message.EvaluateFlags;
import io.growthbus.shared.message.FlagAnswers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

/** Asks by which revision of the flags answers are given. */
public final class FlagsAsk {
  /** A question about no flag: the answer is the revision alone. */
  private static final EvaluateFlags NO_FLAG = new EvaluateFlags(null, null, List.of(), true);

  private FlagsAsk() {}

  /**
   * The revision of an answer that is given now.
   *
   * @return fails as {@link Bus#ask} does
   */
  public static Future<Long> revision(Bus bus) {
    return bus.ask(Channels.EVALUATE_FLAGS, NO_FLAG).map(FlagAnswers::revision);
  }

  /**
   * The revision of an answer once it is at least this one; that of the last answer when none comes
   * in time.
   *
   * @return fails as {@link Bus#ask} does
   */
  public static Future<Long> atLeast(Vertx vertx, Bus bus, long revision) {
    return FreshAsk.until(vertx, () -> revision(bus), present -> present >= revision);
  }
}
