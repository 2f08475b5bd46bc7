package io.growthbus.ingest;

import io.growthbus.ingest.core.ConsentStatement;
import io.growthbus.shared.message.RejectedEvent;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An event of a readable batch that cannot be read itself, as far as it is legible.
 *
 * @param why what is wrong
 * @param consent what is said about consent, as far as it is legible
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
    ConsentStatement consent,
    boolean consentLegible,
    String content,
    boolean whole) {

  /**
   * The same event, of which a batch says something about consent too. The copy does not say it, so
   * it cannot be judged again as it came.
   */
  MalformedEvent under(ConsentStatement batch) {
    return new MalformedEvent(
        why,
        eventId,
        name,
        schemaVersion,
        userId,
        consent.and(batch),
        consentLegible,
        content,
        false);
  }
}
