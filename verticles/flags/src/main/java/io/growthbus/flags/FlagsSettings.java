package io.growthbus.flags;

import io.growthbus.shared.settings.Settings;
import java.time.Duration;

/**
 * Settings of flags.
 *
 * @param poll how often a node looks for a revision whose broadcast it has missed
 * @param history how long it is known what was in force
 * @param audit how long it is known who changed what, of all rooms
 */
public record FlagsSettings(Duration poll, Duration history, Duration audit) {
  private static final Duration USUAL_RETENTION = Duration.ofDays(400);

  /** With the usual history and audit. */
  FlagsSettings(Duration poll) {
    this(poll, USUAL_RETENTION, USUAL_RETENTION);
  }

  public static FlagsSettings from(Settings settings) {
    return new FlagsSettings(
        settings.duration(
            "flags.poll", "How often a node looks for a missed revision", "10s", "100ms", "10m"),
        settings.duration(
            "flags.history.retention",
            "How long it is kept what a flag was in the past",
            "400d",
            "1d",
            "3650d"),
        settings.duration(
            "flags.audit.retention",
            "How long it is kept who changed what",
            "400d",
            "1d",
            "3650d"));
  }
}
