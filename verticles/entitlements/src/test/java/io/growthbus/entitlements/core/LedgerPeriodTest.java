package io.growthbus.entitlements.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.config.GrowthConfig.MeterPeriod;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class LedgerPeriodTest {
  private static final long DAY_MS = Duration.ofDays(1).toMillis();
  private static final long LAST_MS = 253_402_300_799_999L;

  private static LedgerPeriod at(MeterPeriod period, String time) {
    return LedgerPeriod.at(period, Instant.parse(time).toEpochMilli());
  }

  @Test
  void a_lifetime_is_one_bucket_and_never_begins_anew() {
    assertThat(at(MeterPeriod.LIFETIME, "2026-11-24T10:00:00Z"))
        .isEqualTo(new LedgerPeriod(0, 0, null));
  }

  @Test
  void a_month_is_one_bucket_and_the_next_one_begins_at_its_instant() {
    LedgerPeriod last = at(MeterPeriod.MONTH, "2026-12-31T23:59:59.999Z");
    LedgerPeriod next = at(MeterPeriod.MONTH, "2027-01-01T00:00:00Z");

    assertThat(last)
        .isEqualTo(
            new LedgerPeriod(20_788, 20_788, Instant.parse("2027-01-01T00:00:00Z").toEpochMilli()));
    assertThat(next.today()).isEqualTo(20_788 + 31);
  }

  @Test
  void a_window_is_today_and_the_days_before() {
    assertThat(at(new MeterPeriod(7), "1970-01-11T23:59:59.999Z"))
        .isEqualTo(new LedgerPeriod(4, 10, null));
    assertThat(at(new MeterPeriod(1), "1970-01-12T00:00:00Z"))
        .isEqualTo(new LedgerPeriod(11, 11, null));
  }

  @Property
  void now_is_in_the_month_that_it_is_counted_in(@ForAll @LongRange(max = LAST_MS) long nowMs) {
    LedgerPeriod month = LedgerPeriod.at(MeterPeriod.MONTH, nowMs);

    assertThat(nowMs)
        .isGreaterThanOrEqualTo(month.today() * DAY_MS)
        .isLessThan(Objects.requireNonNull(month.resetsAtMs()));
  }

  @Property
  void a_window_has_as_many_buckets_as_days(
      @ForAll @LongRange(max = LAST_MS) long nowMs,
      @ForAll @IntRange(min = 1, max = MeterPeriod.LONGEST) int days) {
    LedgerPeriod window = LedgerPeriod.at(new MeterPeriod(days), nowMs);

    assertThat(window.today() - window.since() + 1).isEqualTo(days);
    assertThat(nowMs / DAY_MS).isEqualTo(window.today());
  }
}
