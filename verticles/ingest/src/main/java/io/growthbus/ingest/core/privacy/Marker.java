package io.growthbus.ingest.core.privacy;

/** What stands in place of something that was found. */
public enum Marker {
  EMAIL("[email]"),
  PHONE("[phone]"),
  CARD("[card]"),
  IBAN("[iban]"),
  SSN("[ssn]"),
  IP("[ip]"),
  JWT("[jwt]"),
  TOKEN("[token]"),
  /** The value of a key whose name says that it is secret or personal. */
  REDACTED("[redacted]");

  private final String text;

  Marker(String text) {
    this.text = text;
  }

  /** The marker as it is stored. */
  public String text() {
    return text;
  }

  /** Whether a text is a marker and nothing else, so that its own value is not known any more. */
  public static boolean is(String text) {
    if (text.length() < 4 || text.charAt(0) != '[') {
      return false;
    }
    for (Marker marker : values()) {
      if (marker.text.equals(text)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a marker stands anywhere in a text. */
  public static boolean isIn(String text) {
    if (text.indexOf('[') < 0) {
      return false;
    }
    for (Marker marker : values()) {
      if (text.contains(marker.text)) {
        return true;
      }
    }
    return false;
  }
}
