package io.growthbus.ingest.core.privacy;

import java.util.Optional;

/**
 * Replaces personal data and secrets in texts by markers.
 *
 * <p>A marker may set free what its neighbour hid, so a text in which something was found is looked
 * at again until nothing is; scrubbing a text twice is therefore the same as once. One that does
 * not come to rest is replaced as a whole.
 */
public final class TextScrubber {
  private static final int PASSES = 4;

  /** Signs without which nothing can be found; a bit for each character below 128. */
  private static final long[] SUSPICIOUS = bits("0123456789@:=%_-");

  private final KeyNames keys;

  TextScrubber(KeyNames keys) {
    this.keys = keys;
  }

  private static long[] bits(String signs) {
    long[] bits = new long[2];
    for (int i = 0; i < signs.length(); i++) {
      char c = signs.charAt(i);
      bits[c >> 6] |= 1L << c;
    }
    return bits;
  }

  /**
   * The text without personal data and secrets; empty when it holds none.
   *
   * @param version whether it is a version, in which four numbers with points are no IP address
   */
  public Optional<String> scrub(char[] text, int from, int to, boolean version) {
    for (int i = from; i < to; i++) {
      if (isSuspicious(text[i])) {
        Optional<String> once = new Scan(text, from, to, keys, version, 0).run();
        return once.isEmpty() ? once : Optional.of(settle(once.get(), version));
      }
    }
    return Optional.empty();
  }

  private String settle(String once, boolean version) {
    String text = once;
    for (int pass = 1; pass < PASSES; pass++) {
      Optional<String> next =
          new Scan(text.toCharArray(), 0, text.length(), keys, version, 0).run();
      if (next.isEmpty()) {
        return text;
      }
      text = next.get();
    }
    return Marker.REDACTED.text();
  }

  /** As {@link #scrub(char[], int, int, boolean)}; the text itself when it holds nothing. */
  public String scrub(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isSuspicious(text.charAt(i))) {
        return scrub(text.toCharArray(), 0, text.length(), false).orElse(text);
      }
    }
    return text;
  }

  private static boolean isSuspicious(char c) {
    return c < 0x80 && (SUSPICIOUS[c >> 6] >> c & 1) != 0;
  }
}
