package io.growthbus.ingest.core.privacy;

/** IPv6 addresses, also with an IPv4 address at their end. */
final class Ipv6 {
  private static final int LONGEST = 45;
  private static final int GROUPS = 8;

  private Ipv6() {}

  /** Looks at what begins here: a hexadecimal digit that begins a word, or two colons. */
  static int find(Scan scan, int at) {
    if (!mayBegin(scan, at)) {
      return at;
    }
    int end = at;
    int colons = 0;
    while (end - at <= LONGEST && isPart(scan.at(end))) {
      colons += scan.at(end) == ':' ? 1 : 0;
      end++;
    }
    // The point that ends a sentence, and the colon before what is told of the address.
    if (scan.at(end - 1) == '.' || (scan.at(end - 1) == ':' && scan.at(end - 2) != ':')) {
      end--;
    }
    boolean whole = end - at <= LONGEST && colons >= 2 && !Chars.isWord(scan.at(end));
    return whole && isAddress(scan, at, end) ? scan.replace(at, end, Marker.IP) : at;
  }

  private static boolean mayBegin(Scan scan, int at) {
    char before = scan.at(at - 1);
    if (before == ':' || before == '.') {
      return false;
    }
    for (int i = at; i <= at + 4; i++) {
      char c = scan.at(i);
      if (c == ':') {
        return true;
      }
      if (!Chars.isHex(c)) {
        return false;
      }
    }
    return false;
  }

  private static boolean isAddress(Scan scan, int from, int to) {
    int groups = 0;
    int hexDigits = 0;
    int digits = 0;
    int length = 0;
    boolean gap = false;
    for (int i = from; i < to; i++) {
      char c = scan.at(i);
      if (Chars.isHex(c)) {
        length++;
        hexDigits++;
        digits += Chars.isDigit(c) ? 1 : 0;
        groups += length == 1 ? 1 : 0;
        if (length > 4) {
          return false;
        }
      } else if (c == ':') {
        if (scan.at(i + 1) == ':') {
          if (gap) {
            return false;
          }
          gap = true;
          i++;
        }
        length = 0;
      } else {
        return gap && groups >= 1 && NumberGroups.isIpv4(scan, i - length, to);
      }
    }
    // Short ones with a gap are rather slices and scopes than addresses.
    return gap
        ? groups >= 2 && groups < GROUPS && hexDigits >= 4 && digits > 0
        : groups == GROUPS && hexDigits > GROUPS;
  }

  private static boolean isPart(char c) {
    return Chars.isHex(c) || c == ':' || c == '.';
  }
}
