package io.growthbus.edge.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.core.SegmentCall.Kind;
import io.growthbus.edge.core.SegmentCall.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentTimeTest {
  private static final long NOW = Instant.parse("2026-11-24T12:00:00Z").toEpochMilli();

  private static Value text(String text) {
    return new Value(Kind.TEXT, '"' + text + '"', text, List.of());
  }

  private static Value number(String digits) {
    return new Value(Kind.NUMBER, digits, digits, List.of());
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-24T12:00:00.123Z, 2026-11-24T12:00:00.123Z",
    "2026-11-24T12:00:00.123456+00:00, 2026-11-24T12:00:00.123Z",
    "2026-11-24T13:00:00+01:00, 2026-11-24T12:00:00Z",
    "2026-11-24T13:30:00+0130, 2026-11-24T12:00:00Z",
    "2026-11-24T05:00:00-07, 2026-11-24T12:00:00Z",
    "2026-11-24t12:00:00z, 2026-11-24T12:00:00Z",
    "2026-11-24 12:00:00Z, 2026-11-24T12:00:00Z",
    "2026-11-24T12:00, 2026-11-24T12:00:00Z",
    "2026-11-24, 2026-11-24T00:00:00Z",
  })
  void a_time_in_iso_8601_is_understood_and_without_a_zone_it_is_utc(String sent, Instant meant) {
    assertThat(SegmentTime.parse(text(sent))).contains(meant.toEpochMilli());
  }

  @ParameterizedTest
  @CsvSource({
    "1795521600000, 1795521600000",
    "1795521600000.75, 1795521600000",
    "1.8e12, 1800000000000",
    "-1, -1"
  })
  void a_number_is_ms_since_the_epoch_and_its_fraction_is_cut(String sent, long meant) {
    assertThat(SegmentTime.parse(number(sent))).contains(meant);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yesterday",
        "2026-13-01",
        "2026-11-24T25:00:00Z",
        "24.11.2026",
        "1795521600000",
        " ",
        "2026-11-24T12:00:00Zulu",
        "+999999999-12-31T23:59:59Z",
        "2026-11-24T12:00:00+99:00"
      })
  void what_is_no_time_is_none(String sent) {
    assertThat(SegmentTime.parse(text(sent))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e999999999", "9e15", "-9e15", "99999999999999999999"})
  void a_number_out_of_range_is_no_time(String sent) {
    assertThat(SegmentTime.parse(number(sent))).isEmpty();
    assertThat(SegmentTime.parse(number("1" + "0".repeat(100_000)))).isEmpty();
  }

  @Test
  void a_time_of_sending_is_believed_within_a_day_of_the_time_of_receiving() {
    long day = Duration.ofDays(1).toMillis();
    for (long sent : new long[] {NOW, NOW - day, NOW + day}) {
      assertThat(SegmentTime.believed(number(String.valueOf(sent)), NOW)).contains(sent);
    }
    for (long sent : new long[] {0, NOW - day - 1, NOW + day + 1}) {
      assertThat(SegmentTime.believed(number(String.valueOf(sent)), NOW)).isEmpty();
    }
    assertThat(SegmentTime.believed(text("soon"), NOW)).isEmpty();
  }
}
