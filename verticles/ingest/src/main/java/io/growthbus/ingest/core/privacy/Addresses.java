package io.growthbus.ingest.core.privacy;

/** E-mail addresses, and the user and password in the address of a page. */
final class Addresses {
  private Addresses() {}

  /** Looks around the sign {@code @}. */
  static int email(Scan scan, int sign) {
    int from = sign;
    while (from > scan.copied() && isLocal(scan.at(from - 1))) {
      from--;
    }
    if (from == sign) {
      return sign;
    }
    int to = domain(scan, sign + 1);
    return to == sign || isScaledImage(scan, sign + 1, to)
        ? sign
        : scan.replace(from, to, Marker.EMAIL);
  }

  /** End of the domain that begins here; the place of the sign before it when there is none. */
  private static int domain(Scan scan, int begin) {
    int end = begin - 1;
    int label = begin;
    int labels = 0;
    for (int i = begin; ; i++) {
      char c = scan.at(i);
      if (Chars.isWord(c) || c == '-' || isForeign(c)) {
        continue;
      }
      if (i == label) {
        return end;
      }
      labels++;
      if (labels > 1 && isTop(scan, label, i)) {
        end = i;
      }
      if (c != '.') {
        return end;
      }
      label = i + 1;
    }
  }

  private static boolean isTop(Scan scan, int from, int to) {
    if (to - from < 2) {
      return false;
    }
    if (scan.matches(from, "xn--")) {
      return true;
    }
    for (int i = from; i < to; i++) {
      char c = scan.at(i);
      if (!Chars.isLetter(c) && !isForeign(c)) {
        return false;
      }
    }
    return true;
  }

  /** A file such as {@code logo@2x.png}. */
  private static boolean isScaledImage(Scan scan, int from, int to) {
    return to - from <= 8
        && Chars.isDigit(scan.at(from))
        && scan.at(from + 1) == 'x'
        && scan.at(from + 2) == '.';
  }

  private static boolean isLocal(char c) {
    return Chars.isWord(c)
        || c == '.'
        || c == '_'
        || c == '-'
        || c == '+'
        || c == '%'
        || c == '\''
        || isForeign(c);
  }

  private static boolean isForeign(char c) {
    return c >= 0x80 && Character.isLetterOrDigit(c);
  }

  /** Looks at the authority of an address, which begins here. */
  static int userInfo(Scan scan, int begin) {
    int sign = begin;
    int i = begin;
    for (; i < scan.end() && !isAuthorityEnd(scan.at(i)); i++) {
      if (scan.at(i) == '@') {
        sign = i;
      }
    }
    return sign == begin || isRedacted(scan, begin, sign)
        ? begin
        : scan.replace(begin, sign, Marker.REDACTED);
  }

  private static boolean isAuthorityEnd(char c) {
    return c == '/' || c == '?' || c == '#' || Chars.isOutside(c);
  }

  /** Whether the marker for a whole value stands here already. */
  static boolean isRedacted(Scan scan, int from, int to) {
    String marker = Marker.REDACTED.text();
    return to - from == marker.length() && scan.matchesExactly(from, marker);
  }
}
