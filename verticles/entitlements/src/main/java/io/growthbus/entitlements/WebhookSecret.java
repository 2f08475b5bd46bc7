package io.growthbus.entitlements;

import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Secret;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

/**
 * A secret of a webhook endpoint and when it is valid. Written {@code SECRET} or {@code
 * SECRET@FROM..UNTIL}, with dates or moments in ISO 8601 of which either may be left out.
 *
 * @param notBeforeMs first moment at which it counts, ms since the epoch
 * @param notAfterMs first moment at which it counts no more, ms since the epoch
 */
public record WebhookSecret(Secret secret, long notBeforeMs, long notAfterMs) {

  /** One that is valid at all times. */
  public static WebhookSecret of(Secret secret) {
    return new WebhookSecret(secret, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  /** Those of a setting; what is wrong with one is noted, without showing it. */
  static List<WebhookSecret> parse(List<Secret> written, String setting, Problems problems) {
    return written.stream().flatMap(one -> parse(one, setting, problems).stream()).toList();
  }

  private static Optional<WebhookSecret> parse(Secret written, String setting, Problems problems) {
    String text = written.reveal();
    int at = text.lastIndexOf('@');
    if (at < 0) {
      return Optional.of(of(written));
    }
    String validity = text.substring(at + 1);
    int dots = validity.indexOf("..");
    try {
      if (at == 0 || dots < 0) {
        throw new DateTimeException("no range");
      }
      long from = moment(validity.substring(0, dots), Long.MIN_VALUE);
      long until = moment(validity.substring(dots + 2), Long.MAX_VALUE);
      if (from >= until) {
        throw new DateTimeException("an empty range");
      }
      return Optional.of(new WebhookSecret(new Secret(text.substring(0, at)), from, until));
    } catch (DateTimeException | ArithmeticException e) {
      problems.error(
          setting,
          "a secret may be followed by @FROM..UNTIL, such as @2026-11-01..2026-12-01 or @..2026-12-01T08:00:00Z");
      return Optional.empty();
    }
  }

  private static long moment(String text, long absent) {
    if (text.isEmpty()) {
      return absent;
    }
    return text.length() == "2026-11-01".length()
        ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli()
        : Instant.parse(text).toEpochMilli();
  }

  /** Whether it counts at a moment. */
  boolean isValidAt(long ms) {
    return ms >= notBeforeMs && ms < notAfterMs;
  }
}
