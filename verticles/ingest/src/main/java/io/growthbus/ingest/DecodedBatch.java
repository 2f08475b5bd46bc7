package io.growthbus.ingest;

import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.shared.message.RejectedEvent;
import java.util.List;

/** A batch after decoding: what is well-formed, and what is not and why. */
record DecodedBatch(List<TelemetryEvent> events, List<RejectedEvent> rejected) {}
