package io.growthbus.flags;

import io.growthbus.shared.settings.Settings;
import java.time.Duration;

/**
 * Settings of flags.
 *
 * @param poll how often a node looks for a revision whose broadcast it has missed
 */
public record FlagsSettings(Duration poll) {

  public static FlagsSettings from(Settings settings) {
    return new FlagsSettings(
        settings.duration(
            "flags.poll", "How often a node looks for a missed revision", "10s", "100ms", "10m"));
  }
}
