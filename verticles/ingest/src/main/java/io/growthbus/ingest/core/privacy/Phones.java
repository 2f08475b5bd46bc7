package io.growthbus.ingest.core.privacy;

/**
 * Phone numbers: international ones with {@code +} or {@code 00}, and the national forms that are
 * not mistaken for other numbers. Plain digits are one only behind a word such as {@code tel}.
 */
final class Phones {
  static final int SHORTEST = 7;
  static final int LONGEST = 17;

  /** First two digits of the country codes by ITU-T E.164, without the short codes 1 and 7. */
  private static final String COUNTRIES =
      "20 21 22 23 24 25 26 27 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50"
          + " 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 80 81 82 84 85 86 87 88 90"
          + " 91 92 93 94 95 96 97 98 99";

  private static final boolean[] IS_COUNTRY = countries();

  private static final String[] WORDS = {
    "tel",
    "telephone",
    "phone",
    "telefon",
    "telefono",
    "telefone",
    "mobile",
    "fax",
    "whatsapp",
    "sms"
  };

  private Phones() {}

  private static boolean[] countries() {
    boolean[] codes = new boolean[100];
    for (int i = 0; i < COUNTRIES.length(); i += 3) {
      codes[Integer.parseInt(COUNTRIES.substring(i, i + 2))] = true;
    }
    return codes;
  }

  /**
   * Whether the groups up to one are a phone number.
   *
   * @param digits how many digits they have, from {@link #SHORTEST} to {@link #LONGEST}
   * @param before the sign before the first group
   * @param announced whether the word before says that it is one
   */
  static boolean isPhone(
      Scan scan, NumberGroups groups, int last, int digits, char before, boolean announced) {
    int first = groups.from(0);
    if (before == '+') {
      return isInternational(scan, groups, last, first, digits);
    }
    if (scan.at(first) == '0' && scan.at(first + 1) == '0') {
      return (last > 0 || digits >= 13)
          && groups.length(0) > 2
          && isInternational(scan, groups, last, first + 2, digits - 2);
    }
    if (digits <= 15 && announced) {
      return true;
    }
    return last > 0
        && (isAmerican(scan, groups, last, before)
            || isTrunk(scan, groups, last, digits)
            || isOther(scan, groups, last, before));
  }

  private static boolean isInternational(
      Scan scan, NumberGroups groups, int last, int first, int digits) {
    char one = scan.at(first);
    if (one == '1') {
      char area = areaOf(scan, groups, last, first);
      return digits == 11 && area >= '2' && area <= '9';
    }
    if (one == '7') {
      return digits == 11;
    }
    boolean trunk = last > 0 && groups.length(1) == 1 && scan.at(groups.from(1)) == '0';
    int most = trunk ? 16 : 15;
    char two = Chars.isDigit(scan.at(first + 1)) ? scan.at(first + 1) : 0;
    return two != 0 && digits >= 9 && digits <= most && IS_COUNTRY[10 * (one - '0') + two - '0'];
  }

  /** The first digit of the area code behind the country code 1. */
  private static char areaOf(Scan scan, NumberGroups groups, int last, int first) {
    char next = scan.at(first + 1);
    return Chars.isDigit(next) || last == 0 ? next : scan.at(groups.from(1));
  }

  /** North American: 3-3-4, area and exchange do not begin with 0 or 1. */
  private static boolean isAmerican(Scan scan, NumberGroups groups, int last, char before) {
    boolean long1 = groups.areLong(last, 1, 3, 3, 4) && scan.at(groups.from(0)) == '1';
    if (!long1 && !groups.areLong(last, 3, 3, 4)) {
      return false;
    }
    int area = long1 ? 1 : 0;
    boolean one = groups.separator(area) == groups.separator(area + 1);
    return (one || before == '(' || scan.at(groups.from(area) - 1) == '(')
        && groups.separator(area) != '/'
        && groups.separator(area + 1) != '/'
        && scan.at(groups.from(area)) >= '2'
        && scan.at(groups.from(area + 1)) >= '2';
  }

  /** With the trunk prefix 0, as in most of Europe: 030 1234567, 0171/123456, 01 23 45 67 89. */
  private static boolean isTrunk(Scan scan, NumberGroups groups, int last, int digits) {
    int area = groups.length(0);
    if (scan.at(groups.from(0)) != '0'
        || area < 2
        || area > 6
        || digits < 9
        || digits > 12
        || last > 5) {
      return false;
    }
    boolean pairs = area == 2;
    for (int g = 1; g <= last; g++) {
      char separator = groups.separator(g - 1);
      if (groups.length(g) < 2
          || (g > 1 && separator == '/')
          || (g > 1 && (separator == '.') != (groups.separator(0) == '.'))) {
        return false;
      }
      pairs &= groups.length(g) == 2;
    }
    boolean date =
        last >= 2
            && area == 2
            && groups.length(1) == 2
            && groups.length(2) == 4
            && groups.separator(0) != ' ';
    return !date && (!pairs || (last == 4 && groups.separator(0) != '/'));
  }

  private static boolean isOther(Scan scan, NumberGroups groups, int last, char before) {
    char first = scan.at(groups.from(0));
    char second = scan.at(groups.from(0) + 1);
    for (int g = 0; g < last; g++) {
      if (groups.separator(g) != ' ' && groups.separator(g) != '-') {
        return false;
      }
    }
    boolean russian =
        (first == '8' || first == '7')
            && groups.areLong(last, 1, 3, 3, 2, 2)
            && scan.at(groups.from(1)) >= '3';
    boolean indian = first >= '6' && groups.areLong(last, 5, 5);
    boolean chinese = first == '1' && second >= '3' && groups.areLong(last, 3, 4, 4);
    boolean brazilian =
        before == '(' && (groups.areLong(last, 2, 5, 4) || groups.areLong(last, 2, 4, 4));
    return russian || indian || chinese || brazilian;
  }

  /** Whether the word before the number says what it is. */
  static boolean isAnnounced(Scan scan, int begin) {
    int end = begin;
    while (begin - end < 3 && isBetween(scan.at(end - 1))) {
      end--;
    }
    if (end == begin || !Chars.isLetter(scan.at(end - 1))) {
      return false;
    }
    for (String word : WORDS) {
      int from = end - word.length();
      if (scan.matches(from, word) && !Chars.isWord(scan.at(from - 1))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isBetween(char c) {
    return c == ' ' || c == ':' || c == '.' || c == '=' || c == '#';
  }
}
