package io.growthbus.shared.domain;

import java.util.regex.Pattern;

/** Keys of flags, rules, meters and the like: they stand in addresses. */
public final class Keys {
  /** What a key is made of, in words. */
  public static final String FORM = "1 to 128 characters from A-Z a-z 0-9 . _ -";

  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._-]{1,128}");

  private Keys() {}

  /** Whether a text may be a key. */
  public static boolean isKey(String text) {
    return KEY.matcher(text).matches();
  }
}
