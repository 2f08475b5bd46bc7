package io.growthbus.activation.store;

import io.growthbus.activation.core.RuleSet;
import io.growthbus.activation.store.PromptStore.PromptOfUser;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.RuleList;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Where rules are kept and changed, one change after the other, each with its audit. */
public interface RuleStore {

  /** Rules of one revision. */
  record Read(long revision, RuleSet rules) {}

  /**
   * A change to make.
   *
   * @param actor who makes it, for the audit
   * @param expectedRevision revision that the rules must have, or null for any
   * @param decide what the rules become; what it throws is what the change fails with
   */
  record Edit(String actor, @Nullable Long expectedRevision, UnaryOperator<RuleSet> decide) {}

  /**
   * What came of a change.
   *
   * @param after the rules after it
   * @param changed whether anything was written
   * @param newRevision whether it made a new revision: a change of the source alone makes none
   */
  record Edited(Read after, boolean changed, boolean newRevision) {}

  /** The rules with the revision that they belong to; fails with the error of PostgreSQL. */
  Future<Read> read();

  /** The revision alone; fails with the error of PostgreSQL. */
  Future<Long> revision();

  /** Everything that is defined, by key; fails with the error of PostgreSQL. */
  Future<RuleList> list();

  /**
   * Changes the rules; the revision grows by one if they say something else then. Simultaneous
   * calls are ordered by a lock.
   *
   * @return fails with {@link RoomException} {@code revision_mismatch}, with what the decision
   *     throws, or with the error of PostgreSQL, and nothing is changed then
   */
  Future<Edited> change(Edit edit);

  /**
   * Takes back every open prompt of a rule that is not there any more; each is returned to one
   * caller. Fails with the error of PostgreSQL.
   */
  Future<List<PromptOfUser>> retractRemoved();
}
