package io.growthbus.ingest.registry;

import java.util.regex.Pattern;

/**
 * JSON pointers into the properties of an event, harmless to store and to show: senders choose the
 * names in them.
 */
final class Pointers {
  private static final int LONGEST = 256;
  private static final Pattern UNUSUAL = Pattern.compile("[^A-Za-z0-9_.:$ ~/-]");

  private Pointers() {}

  /**
   * Pointer to a place.
   *
   * @param inside pointer inside of the properties
   */
  static String place(String inside) {
    String cut = inside.length() > LONGEST ? inside.substring(0, LONGEST) : inside;
    return "/properties" + UNUSUAL.matcher(cut).replaceAll("?");
  }

  /** Pointer to a property of the object at a place. */
  static String property(String inside, String name) {
    return place(inside + '/' + name.replace("~", "~0").replace("/", "~1"));
  }
}
