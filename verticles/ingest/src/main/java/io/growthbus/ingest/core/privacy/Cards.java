package io.growthbus.ingest.core.privacy;

/** Numbers of payment cards: the ranges and lengths of the networks, checksum by Luhn. */
final class Cards {
  static final int SHORTEST = 13;
  static final int LONGEST = 19;

  private Cards() {}

  /** Whether the digits of a part, with whatever is between them, are the number of a card. */
  static boolean isCard(Scan scan, int from, int to) {
    long prefix = 0;
    int digits = 0;
    int even = 0;
    int odd = 0;
    for (int i = from; i < to; i++) {
      char c = scan.at(i);
      if (Chars.isDigit(c)) {
        int value = c - '0';
        int doubled = value < 5 ? 2 * value : 2 * value - 9;
        // Whether a digit is doubled depends on the count of all; both sums are kept.
        even += digits % 2 == 0 ? doubled : value;
        odd += digits % 2 == 1 ? doubled : value;
        prefix = digits < 4 ? prefix * 10 + value : prefix;
        digits++;
      }
    }
    int sum = digits % 2 == 0 ? even : odd;
    return sum % 10 == 0 && isIssued((int) prefix, digits);
  }

  /**
   * Whether a network issues cards of a length.
   *
   * @param prefix the first four digits
   */
  private static boolean isIssued(int prefix, int digits) {
    int two = prefix / 100;
    boolean sixteen = digits == 16;
    boolean longer = digits >= 16;
    return switch (two / 10) {
      case 2 -> sixteen && prefix >= 2221 && prefix <= 2720;
      case 3 ->
          (digits == 15 && (two == 34 || two == 37))
              || (digits == 14 && (two == 36 || two == 38 || isDiners(prefix)))
              || (longer && prefix >= 3528 && prefix <= 3589);
      case 4 -> digits == SHORTEST || sixteen || digits == LONGEST;
      case 5 -> sixteen && two <= 58;
      case 6 -> longer && two != 61 && two != 66 && two <= 67;
      default -> false;
    };
  }

  private static boolean isDiners(int prefix) {
    return prefix >= 3000 && prefix < 3060;
  }
}
