package io.growthbus.ingest.core.privacy;

/** International bank account numbers: length by country, checksum by ISO 7064 MOD 97-10. */
final class Ibans {
  private static final String LENGTHS =
      "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29"
          + "ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20"
          + "LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28"
          + "PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22"
          + "VG24XK20YE30";
  private static final int LONGEST = 34;
  private static final byte[] LENGTH = lengths();

  private Ibans() {}

  private static byte[] lengths() {
    byte[] lengths = new byte[26 * 26];
    for (int i = 0; i < LENGTHS.length(); i += 4) {
      lengths[country(LENGTHS.charAt(i), LENGTHS.charAt(i + 1))] =
          Byte.parseByte(LENGTHS.substring(i + 2, i + 4));
    }
    return lengths;
  }

  private static int country(char first, char second) {
    return ((first | 0x20) - 'a') * 26 + (second | 0x20) - 'a';
  }

  /** Looks at the word that begins here with a letter. */
  static int find(Scan scan, int at) {
    char second = scan.at(at + 1);
    if (!Chars.isLetter(second)
        || !Chars.isDigit(scan.at(at + 2))
        || !Chars.isDigit(scan.at(at + 3))) {
      return at;
    }
    int length = LENGTH[country(scan.at(at), second)];
    if (length == 0) {
      return at;
    }
    int remainder = 0;
    int seen = 0;
    int i = at;
    for (; seen < length; i++) {
      char c = scan.at(i);
      if (Chars.isWord(c)) {
        seen++;
        remainder = seen > 4 ? append(remainder, c) : remainder;
      } else if (!isSeparator(c) || !Chars.isWord(scan.at(i + 1)) || i - at > 2 * LONGEST) {
        return at;
      }
    }
    if (Chars.isWord(scan.at(i))) {
      return at;
    }
    for (int head = at; head < at + 4; head++) {
      remainder = append(remainder, scan.at(head));
    }
    return remainder == 1 ? scan.replace(at, i, Marker.IBAN) : at;
  }

  private static int append(int remainder, char c) {
    int value = Chars.isDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
    return (remainder * (value < 10 ? 10 : 100) + value) % 97;
  }

  private static boolean isSeparator(char c) {
    return c == ' ' || c == '-' || c == '\u00a0';
  }
}
