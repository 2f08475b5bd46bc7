package io.growthbus.shared.message;

import java.util.Map;

/**
 * What a user has said about consent, the latest about each purpose.
 *
 * @param purposes by the name of the purpose; one about which nothing was said is absent
 */
public record UserConsent(Map<String, Said> purposes) {

  /** What was said about a purpose, strictest first. */
  public enum Said {
    DENIED,
    /** The user was not asked, or has not answered. */
    PENDING,
    GRANTED
  }
}
