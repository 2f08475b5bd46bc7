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

  private static final int NAME = 100;
  private static final int UUID_LENGTH = 36;
  private static final int LONGEST_PART = 9;
  private static final Pattern SUFFIX =
      Pattern.compile("(-[0-9A-Za-z.-]{1,64})?(\\+[0-9A-Za-z.-]{1,64})?");

  private Limits() {}

  /** Whether a text may be the id of an event. */
  public static boolean isUuid(String text) {
    if (text.length() != UUID_LENGTH) {
      return false;
    }
    for (int i = 0; i < UUID_LENGTH; i++) {
      boolean hyphen = i == 8 || i == 13 || i == 18 || i == 23;
      char c = text.charAt(i);
      if (hyphen ? c != '-' : !isHex(c)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isHex(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** Whether a text may be an event's name: 1 to 100 of {@code A-Z a-z 0-9 _ . : $ -}, space. */
  public static boolean isName(String text) {
    if (text.isEmpty() || text.length() > NAME) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter && !isDigit(c) && "_.:$ -".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether a text may be a schema version: a semantic version. */
  public static boolean isVersion(String text) {
    int at = 0;
    for (int part = 0; part < 3; part++) {
      if (part > 0 && (at == text.length() || text.charAt(at++) != '.')) {
        return false;
      }
      int begin = at;
      while (at < text.length() && isDigit(text.charAt(at))) {
        at++;
      }
      if (at == begin || at - begin > LONGEST_PART) {
        return false;
      }
    }
    return at == text.length() || SUFFIX.matcher(text).region(at, text.length()).matches();
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
