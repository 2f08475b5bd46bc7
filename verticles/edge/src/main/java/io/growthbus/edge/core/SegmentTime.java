package io.growthbus.edge.core;

import io.growthbus.edge.core.SegmentCall.Kind;
import io.growthbus.edge.core.SegmentCall.Value;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.Locale;
import java.util.Optional;

/**
 * Times of Segment's API: ISO 8601, or ms since the epoch.
 *
 * <p>A sender whose clock is off says when it sent: what happened at {@code original} happened at
 * {@code received - (sent - original)} by the clock of the server. A batch carries one {@code
 * sent_at} and the room corrects by that, keeping the time as sent; a call that was sent at another
 * moment than its batch is shifted by the difference first.
 */
public final class SegmentTime {
  /** Largest difference between sending and receiving that is believed, in hours. */
  public static final int BELIEVED_HOURS = 24;

  private static final long BELIEVED_MS = Duration.ofHours(BELIEVED_HOURS).toMillis();
  private static final double LARGEST_MS = 9e15;
  private static final int LONGEST = 64;

  private static final DateTimeFormatter ISO =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .optionalStart()
          .appendPattern("['T'][' ']")
          .append(DateTimeFormatter.ISO_LOCAL_TIME)
          .optionalStart()
          .appendPattern("[XXX][XX][X]")
          .toFormatter(Locale.ROOT);

  private SegmentTime() {}

  /** Ms since the epoch, or nothing when the value is no time. A time without a zone is UTC. */
  public static Optional<Long> parse(Value value) {
    if (value.text().isEmpty() || value.text().length() > LONGEST) {
      return Optional.empty();
    }
    return value.kind() == Kind.NUMBER ? number(value.text()) : iso(value.text().strip());
  }

  /** The time of sending, when it is one and near enough to the time of receiving. */
  public static Optional<Long> believed(Value sentAt, long receivedAtMs) {
    return parse(sentAt).filter(ms -> Math.abs(receivedAtMs - ms) <= BELIEVED_MS);
  }

  private static Optional<Long> number(String text) {
    double ms = Double.parseDouble(text);
    return Math.abs(ms) < LARGEST_MS ? Optional.of((long) ms) : Optional.empty();
  }

  private static Optional<Long> iso(String text) {
    try {
      TemporalAccessor time = ISO.parse(text);
      LocalDate day = LocalDate.from(time);
      LocalTime hour = time.query(TemporalQueries.localTime());
      ZoneOffset offset = time.query(TemporalQueries.offset());
      return Optional.of(
          day.atTime(hour == null ? LocalTime.MIDNIGHT : hour)
              .toInstant(offset == null ? ZoneOffset.UTC : offset)
              .toEpochMilli());
    } catch (DateTimeException | ArithmeticException e) {
      return Optional.empty();
    }
  }
}
