package io.growthbus.shared.message;

/**
 * A version of an event's contract.
 *
 * @param version semantic version
 * @param source where it came from
 * @param schema JSON Schema 2020-12 of the properties, as JSON text of an object
 * @param publishedAtMs ms since the epoch; 0 for a contract of {@code growth.json}
 */
public record EventSchema(
    String event, String version, Source source, String schema, long publishedAtMs) {

  /** Where a contract came from. */
  public enum Source {
    /** {@code growth.json}; a published contract of the same version takes its place. */
    FILE,
    /** Published by an operator; never changed. */
    API
  }
}
