package io.growthbus.activation;

import io.growthbus.shared.settings.Settings;
import java.time.Duration;

/**
 * Settings of activation.
 *
 * @param sweep how often changed counters and waiting prompts are looked at, in case the bus has
 *     lost a message
 * @param sweepWindow how far a sweep looks back behind the former one; longer than any transaction
 * @param firstPush after which time a prompt that nobody acknowledged is announced again
 * @param sweepBatch prompts that a sweep announces at most
 * @param attribution how long after a prompt a payment counts for it
 */
public record ActivationSettings(
    Duration sweep,
    Duration sweepWindow,
    Duration firstPush,
    int sweepBatch,
    Duration attribution) {

  /** Settings with the usual window of attribution. */
  public ActivationSettings(
      Duration sweep, Duration sweepWindow, Duration firstPush, int sweepBatch) {
    this(sweep, sweepWindow, firstPush, sweepBatch, Duration.ofDays(7));
  }

  public static ActivationSettings from(Settings settings) {
    return new ActivationSettings(
        settings.duration(
            "activation.sweep",
            "How often changed counters and waiting prompts are looked at",
            "2s",
            "100ms",
            "5m"),
        settings.duration(
            "activation.sweep.window",
            "How far a sweep looks back behind the former one",
            "10s",
            "10s",
            "10m"),
        settings.duration(
            "activation.push.again",
            "After which time an unacknowledged prompt is announced again",
            "10s",
            "100ms",
            "10m"),
        settings.integer(
            "activation.sweep.batch", "Prompts that a sweep announces at most", 500, 1, 10_000),
        settings.duration(
            "activation.attribution.window",
            "How long after a prompt a payment counts for it; the same on every node",
            "7d",
            "1h",
            "90d"));
  }
}
