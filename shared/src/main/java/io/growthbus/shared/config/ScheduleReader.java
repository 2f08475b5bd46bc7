package io.growthbus.shared.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.growthbus.shared.message.ScheduledChange;
import io.growthbus.shared.settings.Problems;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Reads scheduled changes of a flag, as operators send them. */
public final class ScheduleReader {
  /** How many changes of a flag may be scheduled at a time. */
  public static final int MOST = 20;

  private static final Duration FARTHEST = Duration.ofDays(3_660);

  private ScheduleReader() {}

  /**
   * Reads changes.
   *
   * @param text a JSON array of {@code {"at", "change": {"enabled", "rollout_percentage"}}}, or an
   *     object that holds it as {@code schedule}
   * @param now a change must be later
   * @param problems gets every error
   * @return by time; empty when the text is neither; else to be used only without an error
   */
  public static Optional<List<ScheduledChange>> read(String text, Instant now, Problems problems) {
    String whole = text.stripLeading().startsWith("[") ? "{\"schedule\":" + text + "}" : text;
    return JsonText.object(whole, problems)
        .map(
            root -> {
              List<ScheduledChange> changes =
                  new ArrayList<>(root.objects("schedule", at -> change(at, now)));
              root.checkUnknown();
              if (changes.size() > MOST || (changes.isEmpty() && problems.isEmpty())) {
                root.error("schedule", "must hold 1 to " + MOST + " changes");
              }
              changes.sort(Comparator.comparingLong(ScheduledChange::atMs));
              return changes;
            });
  }

  private static ScheduledChange change(JsonCursor at, Instant now) {
    Instant moment = moment(at, now);
    JsonCursor change = at.object("change");
    boolean enabled = change.flag("enabled", false);
    double rollout = change.decimal("rollout_percentage", 0, 0, 100);
    if (!change.has("enabled") && !change.has("rollout_percentage")) {
      at.error("change", "must hold enabled or rollout_percentage");
    }
    change.checkUnknown();
    return new ScheduledChange(
        moment.toEpochMilli(),
        change.has("enabled") ? enabled : null,
        change.has("rollout_percentage") ? rollout : null,
        null);
  }

  private static Instant moment(JsonCursor at, Instant now) {
    Optional<Instant> moment = at.has("at") ? parse(at.node().get("at")) : Optional.empty();
    if (moment.isEmpty()) {
      at.error("at", "must be a moment such as 2026-12-31T12:00:00Z, or ms since 1970");
    } else if (!moment.get().isAfter(now) || moment.get().isAfter(now.plus(FARTHEST))) {
      at.error("at", "must be in the future, at most ten years ahead");
    } else {
      return moment.get();
    }
    return now;
  }

  private static Optional<Instant> parse(JsonNode value) {
    if (value.isIntegralNumber() && value.canConvertToLong()) {
      return Optional.of(Instant.ofEpochMilli(value.longValue()));
    }
    try {
      return value.isTextual()
          ? Optional.of(OffsetDateTime.parse(value.textValue()).toInstant())
          : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
