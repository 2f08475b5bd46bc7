package io.growthbus.ingest;

import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.shared.message.RejectedEvent;
import java.util.List;

/**
 * A batch after decoding: what is well-formed, and what is not and why.
 *
 * @param droppedProperties properties that were left out because no contract names them
 */
record DecodedBatch(
    List<TelemetryEvent> events, List<RejectedEvent> rejected, int droppedProperties) {}
