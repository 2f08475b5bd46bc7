package io.growthbus.flags.store;

import io.growthbus.flags.core.Definitions;
import io.growthbus.flags.core.Definitions.Change;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.message.AuditPage;
import io.growthbus.shared.message.DefinitionList;
import io.growthbus.shared.message.ListAudit;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Where the definitions of flags are changed, one change after the other, each with its audit. */
public interface DefinitionStore {

  /**
   * A change to make.
   *
   * @param actor who makes it, for the audit
   * @param expectedRevision revision that the definitions must have, or null for any
   * @param dryRun whether nothing is written
   * @param decide what the definitions become; what it throws is what the change fails with
   */
  record Edit(
      String actor,
      @Nullable Long expectedRevision,
      boolean dryRun,
      UnaryOperator<Definitions> decide) {}

  /**
   * What came of a change.
   *
   * @param snapshot the definitions after it, or before it when nothing was written
   * @param after what was decided on
   * @param changes what differs
   * @param newRevision whether it made a new revision: a change of the source alone makes none
   */
  record Edited(
      FlagSnapshot snapshot, Definitions after, List<Change> changes, boolean newRevision) {}

  /** Everything that is defined, by kind and key; fails with the error of PostgreSQL. */
  Future<DefinitionList> list();

  /**
   * Changes the definitions; the revision grows by one if they say something else then.
   * Simultaneous calls are ordered by a lock.
   *
   * @return fails with {@link RoomException} {@code revision_mismatch}, with what the decision
   *     throws, or with the error of PostgreSQL, and nothing is changed then
   */
  Future<Edited> change(Edit edit);

  /** A page of the audit of all rooms; fails with the error of PostgreSQL. */
  Future<AuditPage> audit(ListAudit query);

  /** Drops what of the audit is older than this; fails with the error of PostgreSQL. */
  Future<Void> expireAudit(Duration retention);
}
