package io.growthbus.ingest;

import io.growthbus.shared.message.RejectedEvent;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An event of a readable batch that cannot be read itself, as far as it is legible.
 *
 * @param why what is wrong
 * @param consent purpose to whether it was granted, as far as it is legible; null when the event
 *     says nothing
 * @param consentLegible whether all that it says about consent could be read
 * @param content the event after scrubbing as JSON text; empty when consent is denied
 * @param whole whether the content is all of the event; false for one that is too large
 */
record MalformedEvent(
    RejectedEvent why,
    @Nullable UUID eventId,
    @Nullable String name,
    @Nullable String schemaVersion,
    @Nullable String userId,
    @Nullable Map<String, Boolean> consent,
    boolean consentLegible,
    String content,
    boolean whole) {}
