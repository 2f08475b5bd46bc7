package io.growthbus.ingest;

import io.growthbus.shared.settings.Settings;
import java.time.Duration;

/**
 * Settings of the quarantine.
 *
 * @param retention how long refused events are kept, 1 to 35 days; an id is recognised for 36, and
 *     a replay after that could store an event twice
 * @param reasonEvents events that are kept of one name and code; of more only the number is
 * @param events events that are kept in all, about
 */
public record QuarantineSettings(Duration retention, int reasonEvents, int events) {
  /** The values without any setting. */
  static final QuarantineSettings DEFAULTS = from(Settings.defaults());

  static QuarantineSettings from(Settings settings) {
    return new QuarantineSettings(
        settings.duration(
            "ingest.quarantine.retention",
            "How long refused events are kept for a replay; less than the 36 days for which ids are known",
            "30d",
            "1d",
            "35d"),
        settings.integer(
            "ingest.quarantine.reason.events",
            "Refused events that are kept of one name and code",
            1_000,
            0,
            100_000),
        settings.integer(
            "ingest.quarantine.events",
            "Refused events that are kept in all",
            50_000,
            0,
            1_000_000));
  }
}
