package io.growthbus.flags;

import io.growthbus.flags.core.Definitions;
import io.growthbus.flags.core.Definitions.Change;
import io.growthbus.flags.core.Edits;
import io.growthbus.flags.core.WithoutErased;
import io.growthbus.flags.store.DefinitionStore;
import io.growthbus.flags.store.DefinitionStore.Edit;
import io.growthbus.flags.store.DefinitionStore.Edited;
import io.growthbus.shared.bus.AppliedRevisions;
import io.growthbus.shared.config.DefinitionReader;
import io.growthbus.shared.config.DefinitionReader.Document;
import io.growthbus.shared.config.FactReferences;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.message.ApplyDefinitions;
import io.growthbus.shared.message.DefinitionsApplied;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Makes all definitions those of a document, in one step, or says what that would change. */
final class DocumentService {
  private final DefinitionStore store;
  private final ChangeNews news;
  private final Live<GrowthConfig> config;
  private final FactNames names;
  private final Predicate<String> keptOut;

  /**
   * @param keptOut whether a user is kept out after an erasure
   */
  DocumentService(
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
   * Makes the definitions those of a document, or says what would be changed.
   *
   * @return fails with {@link RoomException} {@code invalid_field}, {@code revision_mismatch},
   *     {@code flag_in_use} and the like, {@code too_many_flags} and the like, or {@code
   *     store_unavailable}
   */
  Future<DefinitionsApplied> apply(ApplyDefinitions order) {
    return Future.succeededFuture(order)
        .map(this::document)
        .compose(
            document ->
                names.checked(
                    known -> {
                      AdministrationService.refuse(FactReferences.all(document.flags(), known));
                      return document;
                    }))
        .compose(
            document ->
                store
                    .change(
                        new Edit(
                            order.actor(),
                            order.expectedRevision(),
                            order.dryRun(),
                            now -> Edits.apply(now, document.flags(), document.kinds(), file())))
                    .compose(edited -> applied(order, document, edited)))
        .recover(AdministrationService::refusal);
  }

  private Document document(ApplyDefinitions order) {
    Problems problems = new Problems();
    Document read =
        DefinitionReader.document(order.document(), problems)
            .filter(document -> problems.isEmpty())
            .orElseThrow(() -> RoomException.invalidFields(DefinitionReader.fields(problems)));
    return new Document(WithoutErased.of(read.flags(), keptOut), read.kinds(), read.others());
  }

  private Future<DefinitionsApplied> applied(
      ApplyDefinitions order, Document document, Edited edited) {
    Future<AppliedRevisions.Applied> collected =
        order.dryRun() ? news.who(edited.snapshot().revision()) : news.tell(edited);
    return collected.map(
        who ->
            new DefinitionsApplied(
                edited.snapshot().revision(),
                order.dryRun(),
                edited.changes().stream().map(Change::difference).toList(),
                who.nodes(),
                who.pending(),
                who.atMs(),
                warnings(document, edited.after())));
  }

  private static List<String> warnings(Document document, Definitions after) {
    List<String> warnings = new ArrayList<>();
    if (!document.others().isEmpty()) {
      warnings.add(
          "Only flags are applied; left to growth.json: "
              + String.join(", ", document.others())
              + ".");
    }
    Edits.leftAlone(after, document.flags(), document.kinds())
        .forEach(
            ref ->
                warnings.add(
                    "The %s %s stands in growth.json and stays; remove it there."
                        .formatted(Edits.word(ref.kind()), ref.key())));
    return warnings;
  }

  /** Definitions of the file as far as they may be stored. */
  private Flags file() {
    return WithoutErased.of(config.get().flags(), keptOut);
  }
}
