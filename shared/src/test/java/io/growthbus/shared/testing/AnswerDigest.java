package io.growthbus.shared.testing;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One number for the answers of many flags in many contexts, whichever way and in whichever order
 * they came: SHA-256 over a line for each.
 *
 * <p>A line is {@code index TAB key TAB value TAB variant TAB reason LF} in UTF-8, sorted by index
 * and key. The value is JSON without spaces and with sorted names; a whole number has no point. An
 * answer without a value, because the flag or the unit is missing, has {@code -} for value and
 * variant: not every protocol sends one.
 */
public final class AnswerDigest {
  private final Map<Integer, Map<String, String>> lines = new TreeMap<>();
  private int pairs;

  /**
   * Takes an answer.
   *
   * @param index which context it is for
   */
  public synchronized void add(
      int index, String key, @Nullable Object value, @Nullable String variant, String reason) {
    boolean none = reason.equals("TARGETING_KEY_MISSING") || reason.equals("FLAG_NOT_FOUND");
    String line =
        index
            + "\t"
            + key
            + "\t"
            + (none ? "-" : canonical(value))
            + "\t"
            + (none ? "-" : variant)
            + "\t"
            + reason
            + "\n";
    if (lines.computeIfAbsent(index, i -> new TreeMap<>()).put(key, line) == null) {
      pairs++;
    }
  }

  /** How many answers there are. */
  public synchronized int pairs() {
    return pairs;
  }

  /** What was answered for one flag in one context, for a look at what differs. */
  public synchronized String line(int index, String key) {
    return lines.getOrDefault(index, Map.of()).getOrDefault(key, "");
  }

  /** The digest in hexadecimal. */
  public synchronized String hex() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      lines
          .values()
          .forEach(
              byKey ->
                  byKey
                      .values()
                      .forEach(line -> digest.update(line.getBytes(StandardCharsets.UTF_8))));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static String canonical(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    write(value, out);
    return out.toString();
  }

  private static void write(@Nullable Object value, StringBuilder out) {
    if (value instanceof String text) {
      quote(text, out);
    } else if (value instanceof Number number) {
      double real = number.doubleValue();
      out.append(real == Math.rint(real) ? Long.toString((long) real) : Double.toString(real));
    } else if (value instanceof Map<?, ?> object) {
      Map<String, Object> sorted = new TreeMap<>();
      object.forEach((name, member) -> sorted.put(String.valueOf(name), member));
      String before = "{";
      for (Map.Entry<String, Object> entry : sorted.entrySet()) {
        out.append(before);
        quote(entry.getKey(), out);
        out.append(':');
        write(entry.getValue(), out);
        before = ",";
      }
      out.append(sorted.isEmpty() ? "{}" : "}");
    } else if (value instanceof Iterable<?> list) {
      Iterator<?> elements = list.iterator();
      out.append('[');
      while (elements.hasNext()) {
        write(elements.next(), out);
        out.append(elements.hasNext() ? "," : "");
      }
      out.append(']');
    } else {
      out.append(value);
    }
  }

  private static void quote(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append("\\u00").append(HexFormat.of().toHexDigits((byte) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
