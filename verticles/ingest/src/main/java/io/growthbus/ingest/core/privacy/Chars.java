package io.growthbus.ingest.core.privacy;

/** Kinds of characters. Words and numbers are made of ASCII; a letter beyond it ends them. */
final class Chars {
  private static final boolean[] WORD = words();

  private Chars() {}

  private static boolean[] words() {
    boolean[] words = new boolean[0x80];
    for (char c = 0; c < words.length; c++) {
      words[c] = isLetter(c) || isDigit(c);
    }
    return words;
  }

  static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  static boolean isWord(char c) {
    return c < WORD.length && WORD[c];
  }

  static boolean isHex(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  /** Value of a hexadecimal digit. */
  static int hex(char c) {
    return isDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
  }

  /** A character of base64url, of which tokens are made. */
  static boolean isToken(char c) {
    return isWord(c) || c == '-' || c == '_';
  }

  static boolean isSpace(char c) {
    return c <= ' ' || c == '\u00a0' || c == '\u2007' || c == '\u202f';
  }

  /** Whether a value in an address ends here: white space, quotes and angle brackets. */
  static boolean isOutside(char c) {
    return isSpace(c) || c == '"' || c == '\'' || c == '<' || c == '>' || c == '\\';
  }

  static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c;
  }
}
