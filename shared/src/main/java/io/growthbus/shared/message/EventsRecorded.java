package io.growthbus.shared.message;

import java.util.List;

/**
 * Verdict on each event of a batch, given after the commit.
 *
 * @param accepted events stored now
 * @param duplicates events whose id was stored before, or twice in the batch; a success
 * @param rejected events that were not stored, with the reason
 * @param consentDropped events not stored because the user did not consent
 */
public record EventsRecorded(
    int accepted, int duplicates, List<RejectedEvent> rejected, int consentDropped) {}
