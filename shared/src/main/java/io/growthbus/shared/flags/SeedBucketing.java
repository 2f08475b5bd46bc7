package io.growthbus.shared.flags;

/**
 * Bucketing by the 32-bit string hash {@code h = 31·h + c} over UTF-16 units of user id and flag
 * key, one after the other: absolute value, modulo 100.
 *
 * <p>The hash is {@link String#hashCode()}, and linear: {@code h(a + b) = h(a)·31^len(b) + h(b)}.
 * So the concatenation is never built, and the hashes that strings keep are used. The absolute
 * value is taken in 64 bits: −2³¹ has none in 32, and would give a negative bucket, which is always
 * on.
 */
public final class SeedBucketing {
  private final int power;
  private final int keyHash;

  /** The buckets of a flag; what depends on its key alone is calculated once. */
  SeedBucketing(String key) {
    this.power = powerOf31(key.length());
    this.keyHash = key.hashCode();
  }

  /** Bucket of a user, 0 to 99. */
  int bucket(String userId) {
    return (int) (Math.abs((long) (userId.hashCode() * power + keyHash)) % 100);
  }

  /** Bucket of a user for a flag, 0 to 99. */
  public static int bucket(String userId, String key) {
    return new SeedBucketing(key).bucket(userId);
  }

  /** 31 to the n, modulo 2³². */
  private static int powerOf31(int n) {
    int result = 1;
    int base = 31;
    for (int bits = n; bits > 0; bits >>= 1) {
      if ((bits & 1) == 1) {
        result *= base;
      }
      base *= base;
    }
    return result;
  }
}
