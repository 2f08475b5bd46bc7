package io.growthbus.flags;

import io.growthbus.flags.store.DefinitionStore.Edited;
import io.growthbus.flags.store.FlagStore.Followed;
import io.growthbus.shared.bus.AppliedRevisions;
import io.vertx.core.Future;
import java.time.Duration;

/** Tells the nodes of changes, and who acts by them. */
final class ChangeNews {
  /** How long the answer to a change waits for the nodes to follow it. */
  private static final Duration COLLECTING = Duration.ofMillis(300);

  private static final Duration AT_ONCE = Duration.ofMillis(1);

  private final FlagsService flags;
  private final AppliedRevisions applied;

  ChangeNews(FlagsService flags, AppliedRevisions applied) {
    this.flags = flags;
    this.applied = applied;
  }

  /** This node acts by the change and every other one learns of it; says who does, not failing. */
  Future<AppliedRevisions.Applied> tell(Edited edited) {
    flags.adopt(new Followed(edited.snapshot(), edited.newRevision()));
    return applied.collect(edited.snapshot().revision(), COLLECTING);
  }

  /** Who acts by a revision now; does not fail. */
  Future<AppliedRevisions.Applied> who(long revision) {
    return applied.collect(revision, AT_ONCE);
  }
}
