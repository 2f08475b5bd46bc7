package io.growthbus.ingest.core.privacy;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Parts of an address that are percent-encoded, such as {@code q=ann%40example.com}. */
final class Encoded {
  private static final String HEX = "0123456789ABCDEF";

  private Encoded() {}

  /** Looks at the part of the address around a percent sign. */
  static int segment(Scan scan, int percent) {
    if (!isEscape(scan, percent)) {
      return percent;
    }
    int from = percent;
    while (from > scan.copied() && !isDelimiter(scan.at(from - 1))) {
      from--;
    }
    int to = percent;
    while (to < scan.end() && !isDelimiter(scan.at(to))) {
      to++;
    }
    return segment(scan, from, to);
  }

  private static int segment(Scan scan, int from, int to) {
    char[] decoded = decode(scan, from, to);
    Optional<String> clean = scan.inner(decoded, decoded.length);
    return clean.isEmpty() ? to : scan.replace(from, to, encode(clean.get()));
  }

  /** Looks at the value behind an equals sign, where a plus sign may stand for a space. */
  static int value(Scan scan, int sign) {
    boolean spaces = false;
    int to = sign + 1;
    for (; to < scan.end() && !isDelimiter(scan.at(to)); to++) {
      spaces |= scan.at(to) == '+' && to > sign + 1;
    }
    return spaces ? segment(scan, sign + 1, to) : sign;
  }

  private static char[] decode(Scan scan, int from, int to) {
    boolean form = scan.at(from - 1) == '=';
    byte[] utf8 = new byte[3 * (to - from)];
    int length = 0;
    for (int i = from; i < to; i++) {
      char c = scan.at(i);
      if (c == '%' && isEscape(scan, i)) {
        utf8[length++] = (byte) (Chars.hex(scan.at(i + 1)) << 4 | Chars.hex(scan.at(i + 2)));
        i += 2;
      } else if (c < 0x80) {
        utf8[length++] = (byte) (form && c == '+' && i > from ? ' ' : c);
      } else {
        int last = Character.isHighSurrogate(c) && i + 1 < to ? i + 1 : i;
        String foreign = last == i ? String.valueOf(c) : "" + c + scan.at(last);
        for (byte unit : foreign.getBytes(StandardCharsets.UTF_8)) {
          utf8[length++] = unit;
        }
        i = last;
      }
    }
    return new String(utf8, 0, length, StandardCharsets.UTF_8).toCharArray();
  }

  /** Encodes again what would end the part; markers stay legible. */
  private static String encode(String text) {
    StringBuilder encoded = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%' || c == '+' || (c < 0x80 && isDelimiter(c))) {
        encoded.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
      } else {
        encoded.append(c);
      }
    }
    return encoded.toString();
  }

  private static boolean isEscape(Scan scan, int percent) {
    return Chars.isHex(scan.at(percent + 1)) && Chars.isHex(scan.at(percent + 2));
  }

  private static boolean isDelimiter(char c) {
    return c == '/'
        || c == '?'
        || c == '&'
        || c == '='
        || c == ';'
        || c == '#'
        || c == ','
        || Chars.isOutside(c);
  }
}
