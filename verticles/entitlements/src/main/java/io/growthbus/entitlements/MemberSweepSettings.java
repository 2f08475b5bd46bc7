package io.growthbus.entitlements;

import io.growthbus.shared.settings.Settings;
import java.time.Duration;

/**
 * How it is looked who belongs to which account by events.
 *
 * @param every how often, in case the bus has lost a message
 * @param window how far a look goes back behind the former one; longer than any transaction
 */
public record MemberSweepSettings(Duration every, Duration window) {

  static MemberSweepSettings from(Settings settings) {
    return new MemberSweepSettings(
        settings.duration(
            "entitlements.sweep",
            "How often it is looked who belongs to which account by events, in case the bus has lost a message",
            "2s",
            "100ms",
            "5m"),
        settings.duration(
            "entitlements.sweep.window",
            "How far that looks back behind the former time",
            "10s",
            "10s",
            "10m"));
  }
}
