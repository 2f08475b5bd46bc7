package io.growthbus.ingest.core.privacy;

/**
 * Digits in groups, as people write long numbers: {@code 4111 1111 1111 1111}, {@code (030)
 * 123-456}, {@code 10.0.0.1}. Finds payment cards, phone numbers, social security numbers and IPv4
 * addresses.
 */
final class NumberGroups {
  private static final int MOST_GROUPS = 8;
  private static final int FEWEST_DIGITS = 4;
  private static final int MOST_DIGITS = 22;

  private final int[] from = new int[MOST_GROUPS];
  private final int[] to = new int[MOST_GROUPS];
  private final char[] separator = new char[MOST_GROUPS];
  private int count;
  private int digits;

  /** Looks at the digit that begins a word here. */
  int find(Scan scan, int at) {
    char before = scan.at(at - 1);
    int begin = before == '+' || before == '(' ? at - 1 : at;
    read(scan, at);
    if (digits < FEWEST_DIGITS || !mayBegin(scan, begin)) {
      return to[0];
    }
    int last = address(scan, at);
    if (last >= 0) {
      return scan.replace(at, to[last], Marker.IP);
    }
    last = card(scan);
    if (last >= 0) {
      return scan.replace(at, to[last], Marker.CARD);
    }
    if (socialSecurity(scan)) {
      return scan.replace(at, to[2], Marker.SSN);
    }
    last = phone(scan, before);
    return last >= 0 ? scan.replace(begin, to[last], Marker.PHONE) : to[0];
  }

  /** Reads groups from here until they end or are too many for any number. */
  private void read(Scan scan, int at) {
    count = 0;
    digits = 0;
    int place = at;
    while (count < MOST_GROUPS && digits <= MOST_DIGITS) {
      from[count] = place;
      while (Chars.isDigit(scan.at(place))) {
        place++;
      }
      digits += place - from[count];
      to[count] = place;
      int next = separator(scan, place);
      count++;
      if (next == place) {
        return;
      }
      place = next;
    }
  }

  /** Where the next group begins; the same place when none does. */
  private int separator(Scan scan, int place) {
    char kind = ' ';
    int next = place;
    boolean mark = false;
    for (; next < place + 3; next++) {
      char c = scan.at(next);
      if (c == '-' || c == '.' || c == '/') {
        if (mark) {
          break;
        }
        mark = true;
        kind = c;
      } else if (c != ' ' && c != '\u00a0' && c != '\u202f' && c != '(' && c != ')') {
        break;
      }
    }
    separator[count] = kind;
    boolean sentence = kind == '.' && next > place + 1;
    boolean gap = next == place + 2 && scan.at(place) == ' ' && scan.at(place + 1) == ' ';
    return !sentence && !gap && Chars.isDigit(scan.at(next)) ? next : place;
  }

  private static boolean mayBegin(Scan scan, int begin) {
    char before = scan.at(begin - 1);
    if (before == ',') {
      return !Chars.isDigit(scan.at(begin - 2));
    }
    return !Chars.isWord(before)
        && !((before == '-' || before == '.') && Chars.isWord(scan.at(begin - 2)));
  }

  private boolean mayEnd(Scan scan, int group) {
    char after = scan.at(to[group]);
    if (Chars.isWord(after) || after == '@') {
      return false;
    }
    char next = scan.at(to[group] + 1);
    return !(after == '-' && Chars.isWord(next)) && !(after == '.' && Chars.isDigit(next));
  }

  private int address(Scan scan, int at) {
    boolean four = count >= 4 && separator[0] == '.' && separator[1] == '.' && separator[2] == '.';
    if (!four || scan.isVersion() || !mayEnd(scan, 3) || !isIpv4(scan, at, to[3])) {
      return -1;
    }
    return isVersion(scan, at) ? -1 : 3;
  }

  /**
   * Whether what is before says that four numbers are a version: {@code Chrome/}, {@code ver. }.
   */
  private static boolean isVersion(Scan scan, int at) {
    char before = scan.at(at - 1);
    if (before == '/') {
      return isProduct(scan, at - 1);
    }
    int end = at;
    while (at - end < 2 && (scan.at(end - 1) == ' ' || scan.at(end - 1) == '.')) {
      end--;
    }
    return endsWord(scan, end, "version")
        || endsWord(scan, end, "ver")
        || endsWord(scan, end, "v")
        || endsWord(scan, end, "build")
        || endsWord(scan, end, "release")
        || endsWord(scan, end, "firmware");
  }

  /** Whether a word before a slash is a product of a user agent rather than a part of a path. */
  private static boolean isProduct(Scan scan, int slash) {
    int from = slash;
    while (slash - from < 32 && Chars.isToken(scan.at(from - 1))) {
      from--;
    }
    char before = scan.at(from - 1);
    return from < slash && (before == 0 || before == ' ' || before == '(');
  }

  private static boolean endsWord(Scan scan, int end, String word) {
    return scan.matches(end - word.length(), word)
        && !Chars.isWord(scan.at(end - word.length() - 1));
  }

  /**
   * Whether exactly this part is an IPv4 address of a host; {@code n.0.0.0} is a net or version.
   */
  static boolean isIpv4(Scan scan, int from, int to) {
    int parts = 0;
    int value = 0;
    int length = 0;
    int rest = 0;
    for (int i = from; i <= to; i++) {
      char c = i == to ? '.' : scan.at(i);
      if (Chars.isDigit(c)) {
        value = value * 10 + c - '0';
        length++;
        if (length > 3 || (length == 2 && value < 10) || value > 255) {
          return false;
        }
      } else {
        if (c != '.' || length == 0) {
          return false;
        }
        parts++;
        rest += parts > 1 ? value : 0;
        value = 0;
        length = 0;
      }
    }
    return parts == 4 && rest > 0;
  }

  private int card(Scan scan) {
    int digits = 0;
    int best = -1;
    for (int g = 0; g < count; g++) {
      int length = to[g] - from[g];
      digits += length;
      if (digits > Cards.LONGEST
          || (g > 0 && (!isCardSeparator(g - 1) || length < 3))
          || (g == 1 && to[0] - from[0] != 4)) {
        break;
      }
      if (digits >= Cards.SHORTEST && mayEnd(scan, g) && Cards.isCard(scan, from[0], to[g])) {
        best = g;
      }
    }
    return best;
  }

  private boolean isCardSeparator(int group) {
    return (separator[group] == ' ' || separator[group] == '-')
        && separator[group] == separator[0]
        && from[group + 1] == to[group] + 1;
  }

  private boolean socialSecurity(Scan scan) {
    if (count < 3
        || !(length(0) == 3 && length(1) == 2 && length(2) == 4)
        || separator[0] != '-'
        || separator[1] != '-'
        || !mayEnd(scan, 2)) {
      return false;
    }
    boolean noArea = scan.matchesExactly(from[0], "000") || scan.matchesExactly(from[0], "666");
    return !noArea
        && scan.at(from[0]) != '9'
        && !scan.matchesExactly(from[1], "00")
        && !scan.matchesExactly(from[2], "0000");
  }

  private int phone(Scan scan, char before) {
    if (digits < Phones.SHORTEST) {
      return -1;
    }
    boolean announced = Phones.isAnnounced(scan, before == '(' ? from[0] - 1 : from[0]);
    boolean signed = before == '+' || before == '(' || scan.at(from[0]) == '0';
    // All other forms begin with groups of these lengths.
    boolean grouped = count > 1 && (length(0) == 3 || length(0) == 1 || length(0) == 5);
    if (!announced && !signed && !grouped) {
      return -1;
    }
    int behind = 0;
    for (int last = count - 1; last >= 0; last--) {
      int length = digits - behind;
      behind += length(last);
      if (length >= Phones.SHORTEST
          && length <= Phones.LONGEST
          && mayEnd(scan, last)
          && !(scan.at(to[last]) == ':' && Chars.isDigit(scan.at(to[last] + 1)))
          && Phones.isPhone(scan, this, last, length, before, announced)) {
        return last;
      }
    }
    return -1;
  }

  int from(int group) {
    return from[group];
  }

  int length(int group) {
    return to[group] - from[group];
  }

  char separator(int group) {
    return separator[group];
  }

  /** Whether the groups up to one have these lengths and no others. */
  boolean areLong(int last, int... lengths) {
    if (last != lengths.length - 1) {
      return false;
    }
    for (int g = 0; g <= last; g++) {
      if (length(g) != lengths[g]) {
        return false;
      }
    }
    return true;
  }
}
