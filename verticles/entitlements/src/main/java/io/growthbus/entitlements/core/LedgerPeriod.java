package io.growthbus.entitlements.core;

import io.growthbus.shared.config.GrowthConfig.MeterPeriod;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of the ledger that a period consists of at a moment, by days of UTC.
 *
 * @param since first bucket, in days since 1970-01-01; 0 for ever
 * @param today bucket that is written to now, in days since 1970-01-01; 0 for ever
 * @param resetsAtMs when the next period begins, ms since the epoch; null when none does
 */
public record LedgerPeriod(int since, int today, @Nullable Long resetsAtMs) {

  /** The period at a moment, ms since the epoch. */
  public static LedgerPeriod at(MeterPeriod period, long nowMs) {
    LocalDate day = Instant.ofEpochMilli(nowMs).atOffset(ZoneOffset.UTC).toLocalDate();
    return switch (period.days()) {
      case MeterPeriod.FOR_EVER -> new LedgerPeriod(0, 0, null);
      case MeterPeriod.CALENDAR_MONTH -> {
        LocalDate first = day.withDayOfMonth(1);
        long next = first.plusMonths(1).atStartOfDay().toInstant(ZoneOffset.UTC).toEpochMilli();
        yield new LedgerPeriod(bucket(first), bucket(first), next);
      }
      default -> new LedgerPeriod(bucket(day) - period.days() + 1, bucket(day), null);
    };
  }

  private static int bucket(LocalDate day) {
    return Math.toIntExact(day.toEpochDay());
  }
}
