package io.growthbus.ingest;

import io.growthbus.ingest.GroupCommit.Outcome;
import io.growthbus.ingest.core.ContentHash;
import io.growthbus.ingest.store.EventStore.NewEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What became of an id in a commit.
 *
 * @param first the event of the group that was given to the store
 * @param storedBefore fingerprint of the event that was stored before, if that was so
 */
record Fate(Outcome outcome, NewEvent first, @Nullable Long storedBefore) {

  /**
   * What each event of a batch is told.
   *
   * @param fates of all ids of the group
   * @param claimed ids whose storing was told to somebody already; grows
   */
  static List<Outcome> ofEach(List<NewEvent> batch, Map<UUID, Fate> fates, Set<UUID> claimed) {
    List<Outcome> answers = new ArrayList<>(batch.size());
    for (NewEvent event : batch) {
      UUID id = event.event().eventId();
      Fate fate = Objects.requireNonNull(fates.get(id));
      boolean own =
          fate.outcome() == Outcome.NOT_STORABLE
              || (fate.outcome() == Outcome.STORED && claimed.add(id));
      answers.add(own ? fate.outcome() : fate.ofRepetition(event));
    }
    return answers;
  }

  private Outcome ofRepetition(NewEvent event) {
    long stored = storedBefore == null ? ContentHash.of(first.event()) : storedBefore;
    return ContentHash.of(event.event()) == stored ? Outcome.DUPLICATE : Outcome.CONFLICTING;
  }
}
