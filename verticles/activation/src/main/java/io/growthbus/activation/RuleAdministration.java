package io.growthbus.activation;

import io.growthbus.activation.RuleNames.Checked;
import io.growthbus.activation.core.RuleSet;
import io.growthbus.activation.store.RuleStore;
import io.growthbus.activation.store.RuleStore.Edit;
import io.growthbus.activation.store.RuleStore.Edited;
import io.growthbus.shared.bus.AppliedRevisions;
import io.growthbus.shared.config.DefinitionReader;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.RuleJson;
import io.growthbus.shared.config.RuleReader;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.DefinitionItem;
import io.growthbus.shared.message.DeleteRule;
import io.growthbus.shared.message.ListRules;
import io.growthbus.shared.message.PutRule;
import io.growthbus.shared.message.RuleChange;
import io.growthbus.shared.message.RuleList;
import io.growthbus.shared.message.RuleState;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators do with rules: list, put, delete. The answer to a change waits for the nodes to
 * follow it.
 */
final class RuleAdministration {
  private static final Logger LOG = LoggerFactory.getLogger(RuleAdministration.class);

  /** How long the answer to a change waits for the nodes to follow it. */
  private static final Duration COLLECTING = Duration.ofMillis(300);

  private final RuleStore store;
  private final RuleService rules;
  private final AppliedRevisions applied;
  private final RuleNames names;
  private final Live<GrowthConfig> config;

  RuleAdministration(
      RuleStore store,
      RuleService rules,
      AppliedRevisions applied,
      RuleNames names,
      Live<GrowthConfig> config) {
    this.store = store;
    this.rules = rules;
    this.applied = applied;
    this.names = names;
    this.config = config;
  }

  /**
   * Rules as they are stored; fails with {@link RoomException} {@code unknown_rule} or {@code
   * store_unavailable}.
   */
  Future<RuleList> list(ListRules query) {
    return store
        .list()
        .map(
            all -> {
              List<RuleState> found =
                  all.rules().stream()
                      .filter(rule -> query.key() == null || query.key().equals(rule.key()))
                      .toList();
              if (query.key() != null && found.isEmpty()) {
                throw RuleSet.unknown();
              }
              return new RuleList(all.revision(), found);
            })
        .recover(RuleAdministration::refusal);
  }

  /**
   * Defines a rule; this node acts by it when the answer comes.
   *
   * @return fails with {@link RoomException} {@code invalid_key}, {@code invalid_field}, {@code
   *     unknown_reference}, {@code revision_mismatch}, {@code too_many_rules} or {@code
   *     store_unavailable}
   */
  Future<RuleChange> put(PutRule order) {
    return Future.succeededFuture(order)
        .map(RuleAdministration::read)
        .compose(names::checked)
        .compose(
            checked ->
                store
                    .change(
                        new Edit(
                            order.actor(),
                            order.expectedRevision(),
                            now -> now.put(rules.withoutErased(checked.rule()))))
                    .compose(edited -> changed(order.key(), edited, doubts(checked))))
        .recover(RuleAdministration::refusal);
  }

  /**
   * Removes a rule that an operator has defined, and takes its open prompts back; what the file
   * defines under its key applies again, and then the prompts stay.
   *
   * @return fails with {@link RoomException} {@code unknown_rule}, {@code rule_in_file}, {@code
   *     revision_mismatch} or {@code store_unavailable}
   */
  Future<RuleChange> delete(DeleteRule order) {
    return store
        .change(
            new Edit(
                order.actor(), order.expectedRevision(), now -> now.delete(order.key(), file())))
        .compose(edited -> changed(order.key(), edited, List.of()))
        .compose(
            change ->
                rules
                    .retractRemoved()
                    .onFailure(
                        e ->
                            LOG.warn(
                                "prompts of a removed rule are taken back by the next sweep: {}",
                                Postgres.describe(e)))
                    .transform(done -> Future.succeededFuture(change)))
        .recover(RuleAdministration::refusal);
  }

  private static Rule read(PutRule order) {
    if (!DefinitionReader.isKey(order.key())) {
      throw new RoomException(
          ErrorKind.INVALID,
          "invalid_key",
          "A rule's key has 1 to 128 characters from A-Z a-z 0-9 . _ -");
    }
    Problems problems = new Problems();
    return RuleReader.read(order.definition(), order.key(), problems)
        .orElseThrow(() -> RoomException.invalidFields(DefinitionReader.fields(problems)));
  }

  /** Rules of the file as far as they may be stored. */
  private List<Rule> file() {
    return config.get().activation().rules().stream().map(rules::withoutErased).toList();
  }

  private List<String> doubts(Checked checked) {
    return rules.withoutErased(checked.rule()).equals(checked.rule())
        ? checked.doubts()
        : Stream.concat(
                checked.doubts().stream(),
                Stream.of("It names users who were erased; they are left out."))
            .toList();
  }

  private Future<RuleChange> changed(String key, Edited edited, List<String> warnings) {
    rules.adopt(edited);
    long revision = edited.after().revision();
    return applied
        .collect(revision, COLLECTING)
        .map(
            who ->
                new RuleChange(
                    revision,
                    edited.changed(),
                    edited.after().rules().get(key).map(RuleAdministration::state).orElse(null),
                    who.nodes(),
                    who.pending(),
                    who.atMs(),
                    warnings));
  }

  private static RuleState state(RuleSet.Stored stored) {
    return new RuleState(
        stored.rule().key(),
        RuleJson.text(stored.rule()),
        DefinitionItem.Source.valueOf(stored.source().name()),
        null);
  }

  private static <T> Future<T> refusal(Throwable failure) {
    if (Postgres.isPoison(failure)) {
      return Future.failedFuture(
          RoomException.invalidFields(
              List.of(new FieldProblem("/", "holds a value that the database refuses"))));
    }
    return Future.failedFuture(
        Postgres.isTransient(failure)
            ? new RoomException(
                ErrorKind.UNAVAILABLE,
                "store_unavailable",
                "The rules cannot be read or changed now; try again.")
            : failure);
  }
}
