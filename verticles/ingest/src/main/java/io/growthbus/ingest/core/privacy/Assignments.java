package io.growthbus.ingest.core.privacy;

/** Values that are named in the text itself: {@code token=…}, {@code "token":"…"}. */
final class Assignments {
  /** Longest name that is read; the end of a longer one is. */
  private static final int NAME = 128;

  private Assignments() {}

  /** Looks at the name that ends before a sign, and at the value behind it. */
  static int after(Scan scan, int nameEnd, int sign) {
    KeyKind kind = kind(scan, nameEnd);
    if (!isSecret(kind)) {
      return sign;
    }
    int from = sign + 1;
    if (isQuote(scan.at(from))) {
      return redact(scan, from + 1, closing(scan, from + 1, scan.at(from)), sign);
    }
    boolean count = kind == KeyKind.HIDDEN_TEXT;
    int to = from;
    while (to < scan.end() && !isValueEnd(scan.at(to))) {
      count &= Chars.isDigit(scan.at(to));
      to++;
    }
    return count ? sign : redact(scan, from, to, sign);
  }

  /** Looks at a member of an object whose colon this is; its name is in quotes. */
  static int inJson(Scan scan, int colon) {
    boolean escaped = scan.at(colon - 2) == '\\';
    KeyKind kind = kind(scan, escaped ? colon - 2 : colon - 1);
    if (!isSecret(kind)) {
      return colon;
    }
    int from = colon + 1;
    while (scan.at(from) == ' ' && from < colon + 4) {
      from++;
    }
    if (scan.at(from) == '\\' && isQuote(scan.at(from + 1))) {
      return redact(scan, from + 2, closingEscaped(scan, from + 2, scan.at(from + 1)), colon);
    }
    if (isQuote(scan.at(from))) {
      return redact(scan, from + 1, closing(scan, from + 1, scan.at(from)), colon);
    }
    int to = from;
    while (Chars.isDigit(scan.at(to)) || scan.at(to) == '.' || scan.at(to) == '-') {
      to++;
    }
    return kind == KeyKind.HIDDEN_TEXT ? colon : redact(scan, from, to, colon);
  }

  /** Where the quote stands that ends a text. */
  private static int closing(Scan scan, int from, char quote) {
    int to = from;
    while (to < scan.end() && scan.at(to) != quote) {
      to += scan.at(to) == '\\' ? 2 : 1;
    }
    return Math.min(to, scan.end());
  }

  /** Where the backslash and quote stand that end a text within a text; more are part of it. */
  private static int closingEscaped(Scan scan, int from, char quote) {
    int to = from;
    while (to < scan.end() && scan.at(to) != quote) {
      int behind = to;
      while (scan.at(behind) == '\\') {
        behind++;
      }
      if (behind == to + 1 && scan.at(behind) == quote) {
        return to;
      }
      to = behind == to || scan.at(behind) == quote ? behind + 1 : behind;
    }
    return Math.min(to, scan.end());
  }

  private static boolean isQuote(char c) {
    return c == '"' || c == '\'';
  }

  private static int redact(Scan scan, int from, int to, int none) {
    if (to <= from) {
      return none;
    }
    return Addresses.isRedacted(scan, from, to) ? to : scan.replace(from, to, Marker.REDACTED);
  }

  private static KeyKind kind(Scan scan, int end) {
    int from = end;
    while (from > scan.copied() && end - from < NAME && isName(scan.at(from - 1))) {
      from--;
    }
    return from == end ? KeyKind.PLAIN : scan.kind(from, end);
  }

  private static boolean isSecret(KeyKind kind) {
    return kind == KeyKind.HIDDEN || kind == KeyKind.HIDDEN_TEXT;
  }

  private static boolean isName(char c) {
    return Chars.isToken(c) || c == '.' || c == '$' || (c >= 0x80 && Character.isLetter(c));
  }

  private static boolean isValueEnd(char c) {
    return c == '&' || c == ';' || c == '#' || Chars.isOutside(c);
  }
}
