package io.growthbus.ingest.core;

import java.util.regex.Pattern;

/** Documented limits of a batch and an event. Lengths of texts are in UTF-16 units. */
public final class Limits {
  /** Events in a batch. */
  public static final int EVENTS = 500;

  /** Bytes of one event as sent. */
  public static final int EVENT_BYTES = 32 * 1024;

  /** Properties of an event, nested ones included. */
  public static final int PROPERTIES = 128;

  /** Nesting of the properties; the properties object itself is depth 1. */
  public static final int DEPTH = 8;

  /** Characters of a property name. */
  public static final int KEY = 128;

  /** Characters of a text value. */
  public static final int TEXT = 8 * 1024;

  /** Characters of a user, account or anonymous id. */
  public static final int ID = 200;

  /** Characters of a message id. */
  public static final int MESSAGE_ID = 128;

  /** Characters of a schema version. */
  public static final int VERSION = 64;

  /** Digits, signs and points of a number. */
  public static final int NUMBER = 64;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.:$ -]{1,100}");
  private static final Pattern SEMVER =
      Pattern.compile(
          "\\d{1,9}\\.\\d{1,9}\\.\\d{1,9}(-[0-9A-Za-z.-]{1,64})?(\\+[0-9A-Za-z.-]{1,64})?");

  private static final Pattern UUID_TEXT =
      Pattern.compile(
          "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

  private Limits() {}

  /** Whether a text may be the id of an event. */
  public static boolean isUuid(String text) {
    return UUID_TEXT.matcher(text).matches();
  }

  /** Whether a text may be an event's name. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /** Whether a text may be a schema version: a semantic version. */
  public static boolean isVersion(String text) {
    return SEMVER.matcher(text).matches();
  }

  /** Whether PostgreSQL can store the text: no NUL, no half of a surrogate pair. */
  public static boolean isStorable(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0 || Character.isLowSurrogate(c)) {
        return false;
      }
      if (Character.isHighSurrogate(c)) {
        i++;
        if (i == text.length() || !Character.isLowSurrogate(text.charAt(i))) {
          return false;
        }
      }
    }
    return true;
  }
}
