package io.growthbus.ingest;

import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.shared.message.RejectedEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A batch after decoding: what is well-formed, and what is not and why.
 *
 * @param sentAtMs when it was sent by the sender's clock, ms since the epoch; null when it does not
 *     say so in a number
 * @param droppedProperties properties that were left out because no contract names them
 */
record DecodedBatch(
    List<TelemetryEvent> events,
    List<MalformedEvent> malformed,
    @Nullable Long sentAtMs,
    int droppedProperties) {

  /** What the sender is told of those that are not well-formed. */
  List<RejectedEvent> rejected() {
    return malformed.stream().map(MalformedEvent::why).toList();
  }
}
