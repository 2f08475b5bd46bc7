package io.growthbus.flags;

import io.growthbus.flags.core.Edits;
import io.growthbus.flags.core.WithoutErased;
import io.growthbus.flags.store.DefinitionStore;
import io.growthbus.flags.store.DefinitionStore.Edit;
import io.growthbus.flags.store.DefinitionStore.Edited;
import io.growthbus.shared.config.DefinitionReader;
import io.growthbus.shared.config.FactReferences;
import io.growthbus.shared.config.FlagReferences;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.FlagCheck;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Targeting;
import io.growthbus.shared.message.AuditPage;
import io.growthbus.shared.message.DefinitionChange;
import io.growthbus.shared.message.DefinitionItem;
import io.growthbus.shared.message.DefinitionList;
import io.growthbus.shared.message.DeleteDefinition;
import io.growthbus.shared.message.ListAudit;
import io.growthbus.shared.message.ListDefinitions;
import io.growthbus.shared.message.PutDefinition;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What operators do with definitions: list, put, delete, look into the audit. The answer to a
 * change waits for the nodes to follow it. Questions about flags go on without this when the
 * database is gone.
 */
final class AdministrationService {
  private final DefinitionStore store;
  private final ChangeNews news;
  private final Live<GrowthConfig> config;
  private final FactNames names;
  private final Predicate<String> keptOut;

  /**
   * @param keptOut whether a user is kept out after an erasure
   */
  AdministrationService(
      DefinitionStore store,
      ChangeNews news,
      Live<GrowthConfig> config,
      FactNames names,
      Predicate<String> keptOut) {
    this.store = store;
    this.news = news;
    this.config = config;
    this.names = names;
    this.keptOut = keptOut;
  }

  /**
   * Definitions as they are stored; fails with {@link RoomException} {@code unknown_flag} and the
   * like, or {@code store_unavailable}.
   */
  Future<DefinitionList> list(ListDefinitions query) {
    return store
        .list()
        .map(
            all -> {
              List<DefinitionItem> found =
                  all.items().stream()
                      .filter(item -> query.kind() == null || query.kind() == item.kind())
                      .filter(item -> query.key() == null || query.key().equals(item.key()))
                      .toList();
              if (found.isEmpty() && query.kind() != null && query.key() != null) {
                throw Edits.unknown(query.kind());
              }
              return new DefinitionList(all.revision(), found);
            })
        .recover(AdministrationService::refusal);
  }

  /**
   * Defines something; this node acts by it when the answer comes.
   *
   * @return fails with {@link RoomException} {@code invalid_key}, {@code invalid_field}, {@code
   *     revision_mismatch}, {@code flag_in_use} and the like, {@code too_many_flags} and the like,
   *     or {@code store_unavailable}
   */
  Future<DefinitionChange> put(PutDefinition order) {
    return Future.succeededFuture(order)
        .map(this::read)
        .compose(wanted -> names.checked(known -> checked(wanted, known)))
        .compose(
            wanted ->
                store
                    .change(
                        new Edit(
                            order.actor(),
                            order.expectedRevision(),
                            false,
                            now -> Edits.put(now, WithoutErased.of(wanted, keptOut))))
                    .compose(edited -> changed(order.kind(), order.key(), edited, wanted)))
        .recover(AdministrationService::refusal);
  }

  private static Definition checked(Definition wanted, FactReferences.Known known) {
    List<FlagCheck.Problem> wrong = List.of();
    if (wanted instanceof FlagDefinition flag) {
      wrong = FactReferences.check(flag, known);
    } else if (wanted instanceof Targeting.Segment segment) {
      wrong = FactReferences.check(segment, known);
    }
    refuse(wrong);
    return wanted;
  }

  /** Refuses what is wrong, if anything. */
  static void refuse(List<FlagCheck.Problem> wrong) {
    if (!wrong.isEmpty()) {
      throw RoomException.invalidFields(
          wrong.stream().map(found -> new FieldProblem(found.pointer(), found.what())).toList());
    }
  }

  private Definition read(PutDefinition order) {
    if (!DefinitionReader.isKey(order.key())) {
      throw new RoomException(
          ErrorKind.INVALID, "invalid_key", "A key has 1 to 128 characters from A-Z a-z 0-9 . _ -");
    }
    Problems problems = new Problems();
    return DefinitionReader.read(
            order.kind(),
            order.definition(),
            order.key(),
            config.get().flags().evaluator(),
            problems)
        .filter(read -> problems.isEmpty())
        .orElseThrow(() -> RoomException.invalidFields(DefinitionReader.fields(problems)));
  }

  /**
   * Removes something that an operator has defined; what the file defines under its key applies
   * again.
   *
   * @return fails with {@link RoomException} {@code unknown_flag}, {@code flag_in_file}, {@code
   *     flag_in_use} and the like, {@code revision_mismatch} or {@code store_unavailable}
   */
  Future<DefinitionChange> delete(DeleteDefinition order) {
    Edit edit =
        new Edit(
            order.actor(),
            order.expectedRevision(),
            false,
            now -> Edits.delete(now, order.kind(), order.key(), file()));
    return store
        .change(edit)
        .compose(edited -> changed(order.kind(), order.key(), edited, null))
        .recover(AdministrationService::refusal);
  }

  /** Definitions of the file as far as they may be stored. */
  private Flags file() {
    return WithoutErased.of(config.get().flags(), keptOut);
  }

  private Future<DefinitionChange> changed(
      Definition.Kind kind, String key, Edited edited, @Nullable Definition wanted) {
    List<String> warnings = wanted == null ? List.of() : warnings(wanted, edited);
    DefinitionItem item =
        edited.after().get(kind, key).map(stored -> stored.item(null)).orElse(null);
    return news.tell(edited)
        .map(
            who ->
                new DefinitionChange(
                    edited.snapshot().revision(),
                    !edited.changes().isEmpty(),
                    item,
                    who.nodes(),
                    who.pending(),
                    who.atMs(),
                    warnings));
  }

  private List<String> warnings(Definition wanted, Edited edited) {
    List<String> warnings = new ArrayList<>();
    if (!WithoutErased.of(wanted, keptOut).equals(wanted)) {
      warnings.add("It names users who were erased; they are left out.");
    }
    if (wanted instanceof FlagDefinition flag) {
      List<FlagDefinition> others =
          edited.snapshot().definitions().stream()
              .filter(other -> !other.key().equals(flag.key()))
              .toList();
      warnings.addAll(FlagReferences.doubts(flag, others, tiers()));
    }
    return warnings;
  }

  private Set<String> tiers() {
    return config.get().entitlements().tiers().stream()
        .map(GrowthConfig.Tier::name)
        .collect(Collectors.toSet());
  }

  /** Who changed what; fails with {@link RoomException} {@code store_unavailable}. */
  Future<AuditPage> audit(ListAudit query) {
    return store.audit(query).recover(AdministrationService::refusal);
  }

  /** What a failure of the database is to an operator. */
  static <T> Future<T> refusal(Throwable failure) {
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
                "The definitions cannot be read or changed now; try again.")
            : failure);
  }
}
