package io.growthbus.shared.domain;

import java.util.Arrays;

/**
 * Escapes in JSON text that stand for half of a surrogate pair, such as {@code "\ud83d"} where a
 * browser cut an emoji in two.
 *
 * <p>They are well-formed JSON, and no text of an event may hold one. The parser lets them pass in
 * a value but takes one in a key for the end of the whole document. Replaced by an escaped NUL,
 * which no text may hold either and which is as long, they make their own event unusable and
 * nothing else.
 */
public final class LoneSurrogates {
  private static final int ESCAPE = 6;
  private static final int NONE = -1;

  private LoneSurrogates() {}

  /** Replaces them in place; text that is not JSON stays not JSON. */
  public static void voidIn(char[] text, int begin, int end) {
    int at = begin;
    while (at < end) {
      if (text[at] != '\\') {
        at++;
        continue;
      }
      int unit = escaped(text, at, end);
      if (unit == NONE || !Character.isSurrogate((char) unit)) {
        // Past the escaped character too: in "\\ud83d" the second backslash escapes nothing.
        at += 2;
      } else if (Character.isHighSurrogate((char) unit) && isLow(escaped(text, at + ESCAPE, end))) {
        at += 2 * ESCAPE;
      } else {
        Arrays.fill(text, at + 2, at + ESCAPE, '0');
        at += ESCAPE;
      }
    }
  }

  private static boolean isLow(int unit) {
    return unit != NONE && Character.isLowSurrogate((char) unit);
  }

  /** The UTF-16 unit of the escape that begins here, or {@link #NONE} when none does. */
  private static int escaped(char[] text, int at, int end) {
    if (at + ESCAPE > end || text[at] != '\\' || text[at + 1] != 'u') {
      return NONE;
    }
    int unit = 0;
    for (int i = at + 2; i < at + ESCAPE; i++) {
      int digit = text[i] < 0x80 ? Character.digit(text[i], 16) : NONE;
      if (digit == NONE) {
        return NONE;
      }
      unit = unit << 4 | digit;
    }
    return unit;
  }
}
