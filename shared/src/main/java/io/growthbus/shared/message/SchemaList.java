package io.growthbus.shared.message;

import java.util.List;

/**
 * Contracts, sorted by event and version, the lowest version first.
 *
 * @param revision revision of the registry that they are of
 */
public record SchemaList(long revision, List<EventSchema> schemas) {}
