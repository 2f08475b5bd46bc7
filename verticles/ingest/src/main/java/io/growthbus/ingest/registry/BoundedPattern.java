package io.growthbus.ingest.registry;

import com.networknt.schema.regex.RegularExpression;
import java.util.regex.Pattern;

/**
 * A pattern of a contract that gives up on a text when it has looked at its characters too often,
 * and then does not match: contracts come from operators, the texts from anybody, and a pattern
 * that backtracks must not stop the room.
 */
final class BoundedPattern implements RegularExpression {
  /** Looks at characters in one match; a well-behaved pattern needs a few per character. */
  static final int MOST_LOOKS = 200_000;

  private final Pattern pattern;

  /**
   * @throws java.util.regex.PatternSyntaxException when it is no pattern
   */
  BoundedPattern(String regex) {
    // In ECMAScript, as JSON Schema means it, $ does not match before a last line break.
    this.pattern =
        Pattern.compile(
            regex.endsWith("$") && !regex.endsWith("\\$")
                ? regex.substring(0, regex.length() - 1) + "\\z"
                : regex);
  }

  @Override
  public boolean matches(String value) {
    try {
      return pattern.matcher(new Counted(value, new int[1], 0, value.length())).find();
    } catch (TooManyLooks | StackOverflowError e) {
      return false;
    }
  }

  private static final class TooManyLooks extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooManyLooks() {
      super(null, null, false, false);
    }
  }

  private record Counted(String text, int[] looks, int begin, int end) implements CharSequence {
    @Override
    public int length() {
      return end - begin;
    }

    @Override
    public char charAt(int index) {
      if (++looks[0] > MOST_LOOKS) {
        throw new TooManyLooks();
      }
      return text.charAt(begin + index);
    }

    @Override
    public CharSequence subSequence(int from, int to) {
      return new Counted(text, looks, begin + from, begin + to);
    }

    @Override
    public String toString() {
      return text.substring(begin, end);
    }
  }
}
