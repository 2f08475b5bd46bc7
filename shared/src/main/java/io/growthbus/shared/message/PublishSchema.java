package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: publish a version of an event's contract. The same again changes nothing.
 *
 * @param version semantic version without build metadata
 * @param schema JSON Schema 2020-12 of the properties, as JSON text of an object
 * @param expectedRevision revision that the registry must have, or null for any
 * @param actor who orders it, for the audit; null = an operator
 */
public record PublishSchema(
    String event,
    String version,
    String schema,
    @Nullable Long expectedRevision,
    @Nullable String actor) {

  /** An order of an operator. */
  public PublishSchema(
      String event, String version, String schema, @Nullable Long expectedRevision) {
    this(event, version, schema, expectedRevision, null);
  }
}
