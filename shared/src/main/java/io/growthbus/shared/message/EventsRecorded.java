package io.growthbus.shared.message;

import java.util.List;

/**
 * Verdict on each event of a batch, given after the commit.
 *
 * @param accepted events stored now
 * @param duplicates events whose id was stored before, or twice in the batch; a success
 * @param rejected events that were not stored, with the reason
 * @param consentDropped events not stored because the user did not consent
 * @param conflicts how many of the duplicates say something else than the event that is stored
 */
public record EventsRecorded(
    int accepted, int duplicates, List<RejectedEvent> rejected, int consentDropped, int conflicts) {

  /** A verdict without conflicts. */
  public EventsRecorded(
      int accepted, int duplicates, List<RejectedEvent> rejected, int consentDropped) {
    this(accepted, duplicates, rejected, consentDropped, 0);
  }
}
