package io.growthbus.shared.flags;

/**
 * MurmurHash3 x86-32 (Austin Appleby, public domain) over the UTF-8 bytes of a fixed beginning and
 * a text behind it.
 *
 * <p>The beginning is hashed once; a text is encoded while it is hashed, so that nothing is
 * allocated. Half of a surrogate pair counts as U+FFFD, as {@code TextEncoder} of browsers writes
 * it.
 */
final class Murmur3 {
  private static final int C1 = 0xcc9e2d51;
  private static final int C2 = 0x1b873593;
  private static final int REPLACEMENT = 0xFFFD;

  private final int hash;
  private final int tail;
  private final int length;

  /**
   * @param beginning what stands before every text
   */
  Murmur3(String beginning, int seed) {
    this(seed, 0, 0, beginning);
  }

  private Murmur3(int seed, int before, int bytes, String text) {
    int h = seed;
    int block = before;
    int n = bytes;
    for (int i = 0; i < text.length(); i++) {
      int point = pointAt(text, i);
      i += point >>> 16 == 0 ? 0 : 1;
      for (long utf8 = utf8(point); utf8 != 0; utf8 >>>= 9) {
        block |= ((int) utf8 & 0xFF) << ((n & 3) << 3);
        if ((++n & 3) == 0) {
          h = mixed(h, block);
          block = 0;
        }
      }
    }
    this.hash = h;
    this.tail = block;
    this.length = n;
  }

  /** The hash of the beginning and this text, all 32 bits. */
  int hash(String text) {
    int h = hash;
    int block = tail;
    int n = length;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        block |= c << ((n & 3) << 3);
        if ((++n & 3) == 0) {
          h = mixed(h, block);
          block = 0;
        }
        continue;
      }
      int point = pointAt(text, i);
      i += point >>> 16 == 0 ? 0 : 1;
      for (long utf8 = utf8(point); utf8 != 0; utf8 >>>= 9) {
        block |= ((int) utf8 & 0xFF) << ((n & 3) << 3);
        if ((++n & 3) == 0) {
          h = mixed(h, block);
          block = 0;
        }
      }
    }
    return finished((n & 3) == 0 ? h : h ^ scrambled(block), n);
  }

  private static int pointAt(String text, int at) {
    char c = text.charAt(at);
    if (!Character.isSurrogate(c)) {
      return c;
    }
    return Character.isHighSurrogate(c)
            && at + 1 < text.length()
            && Character.isLowSurrogate(text.charAt(at + 1))
        ? Character.toCodePoint(c, text.charAt(at + 1))
        : REPLACEMENT;
  }

  /** The bytes of a character, the first one lowest, 9 bits each of which the ninth is set. */
  private static long utf8(int point) {
    if (point < 0x80) {
      return 0x100L | point;
    }
    if (point < 0x800) {
      return leading(0xC0, point, 6) | (trailing(point, 0) << 9);
    }
    if (point < 0x10000) {
      return leading(0xE0, point, 12) | (trailing(point, 6) << 9) | (trailing(point, 0) << 18);
    }
    return leading(0xF0, point, 18)
        | (trailing(point, 12) << 9)
        | (trailing(point, 6) << 18)
        | (trailing(point, 0) << 27);
  }

  private static long leading(int mark, int point, int shift) {
    return 0x100L | mark | (point >> shift);
  }

  private static long trailing(int point, int shift) {
    return 0x180L | ((point >> shift) & 0x3F);
  }

  private static int scrambled(int block) {
    return Integer.rotateLeft(block * C1, 15) * C2;
  }

  private static int mixed(int h, int block) {
    return Integer.rotateLeft(h ^ scrambled(block), 13) * 5 + 0xe6546b64;
  }

  private static int finished(int h, int length) {
    int mixed = h ^ length;
    mixed = (mixed ^ (mixed >>> 16)) * 0x85ebca6b;
    mixed = (mixed ^ (mixed >>> 13)) * 0xc2b2ae35;
    return mixed ^ (mixed >>> 16);
  }
}
