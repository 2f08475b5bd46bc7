package io.growthbus.ingest.core.schema;

import java.util.Locale;

/**
 * One way in which an event breaks its contract.
 *
 * @param pointer JSON pointer into the event, harmless to show
 */
public record Violation(Kind kind, String pointer) {

  /** What kind of breach it is. */
  public enum Kind {
    /** No contract has this event name. */
    UNPLANNED_EVENT("No contract has an event of this name; publish one, or correct the name."),
    /** A required property is not there. */
    REQUIRED_MISSING("The contract of this event requires the property; send it, and not null."),
    /** A value of another type, or outside of what the contract accepts. */
    WRONG_TYPE("The contract of this event does not accept the value; send one that it describes."),
    /** A property that the contract does not name. */
    ADDITIONAL_PROPERTY("The contract of this event does not name the property; leave it out."),
    /** A version that no contract has, of a major version that is known or not. */
    UNKNOWN_VERSION("No contract of this event has the version; publish it, or send a known one.");

    private final String message;

    Kind(String message) {
      this.message = message;
    }

    /** Stable word in snake case. */
    public String code() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** What is wrong and what to send instead. */
    public String message() {
      return message;
    }
  }
}
