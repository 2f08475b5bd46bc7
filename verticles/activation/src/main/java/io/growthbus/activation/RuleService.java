package io.growthbus.activation;

import io.growthbus.activation.core.RuleSet;
import io.growthbus.activation.store.PromptStore.PromptOfUser;
import io.growthbus.activation.store.RuleStore;
import io.growthbus.activation.store.RuleStore.Edit;
import io.growthbus.activation.store.RuleStore.Edited;
import io.growthbus.activation.store.RuleStore.Read;
import io.growthbus.shared.audit.AuditLog;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.erasure.Suppression;
import io.growthbus.shared.message.PromptRetracted;
import io.growthbus.shared.message.RulesChanged;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rules by which this node acts. Those in memory are replaced by those of a higher revision
 * only; until PostgreSQL has said which those are, they are the ones of {@code growth.json}.
 */
final class RuleService {
  private static final Logger LOG = LoggerFactory.getLogger(RuleService.class);

  private final RuleStore store;
  private final Bus bus;
  private final Suppression suppression;
  private volatile Read current;
  private volatile boolean loaded;
  private volatile boolean learned;
  private volatile Future<Void> following = Future.succeededFuture();
  private volatile @Nullable List<Rule> wanted;
  private volatile LongConsumer applied = revision -> {};

  /**
   * @param file the rules of {@code growth.json}
   */
  RuleService(RuleStore store, Bus bus, Suppression suppression, List<Rule> file) {
    this.store = store;
    this.bus = bus;
    this.suppression = suppression;
    this.current = new Read(0, RuleSet.ofFile(file));
    this.wanted = file;
  }

  /** The rules of now, by key. */
  List<Rule> rules() {
    return current.rules().rules();
  }

  /** The revision by which this node acts; 0 before PostgreSQL has said which there is. */
  long revision() {
    return current.revision();
  }

  /** Whether PostgreSQL has said which rules there are. */
  boolean isLoaded() {
    return loaded;
  }

  /** Has each revision told from now on when this node begins to act by it. */
  void onApplied(LongConsumer listener) {
    applied = listener;
  }

  /**
   * Makes the stored rules follow the file, and tells every node when that changed them. Calls are
   * done one after the other, so that the last file wins; one that fails is done again by {@link
   * #poll}.
   *
   * @return fails with the error of PostgreSQL, the stored rules are then as before
   */
  synchronized Future<Void> follow(List<Rule> file) {
    wanted = file;
    if (!loaded) {
      current = new Read(0, RuleSet.ofFile(file));
    }
    following = following.transform(earlier -> store(file)).map(this::adopt);
    return following.onSuccess(done -> forget(file));
  }

  /** Whom to keep out has to be known before the file is stored, which may still name them. */
  private Future<Edited> store(List<Rule> file) {
    Edit edit =
        new Edit(
            AuditLog.FILE,
            null,
            now -> now.following(file.stream().map(this::withoutErased).toList()));
    return (learned
            ? Future.<Void>succeededFuture()
            : suppression.refresh().onSuccess(known -> learned = true))
        .compose(known -> store.change(edit));
  }

  /** The rule as far as it may be stored. */
  Rule withoutErased(Rule rule) {
    return rule.withoutUsers(suppression::contains);
  }

  /**
   * Completed when the rules are those of PostgreSQL: nothing may be raised by other ones.
   *
   * @return fails with the error of PostgreSQL
   */
  Future<Void> ready() {
    return loaded ? Future.succeededFuture() : poll();
  }

  /** Reads the rules when a revision is higher than the one in memory. */
  Future<Void> catchUp(long revision) {
    return revision > current.revision()
        ? store.read().onSuccess(this::replace).mapEmpty()
        : Future.succeededFuture();
  }

  /** Looks whether a broadcast was missed, after storing a file that could not be stored before. */
  Future<Void> poll() {
    List<Rule> unstored = wanted;
    if (unstored != null) {
      return following.isComplete() ? follow(unstored) : following;
    }
    return store.revision().compose(this::catchUp);
  }

  /**
   * Takes the open prompts of rules that are not there any more from the pages.
   *
   * @return fails with the error of PostgreSQL; what is left then is found by the next call
   */
  Future<Void> retractRemoved() {
    return store
        .retractRemoved()
        .onSuccess(
            prompts -> {
              for (PromptOfUser prompt : prompts) {
                bus.publish(
                    Channels.PROMPT_RETRACTED,
                    new PromptRetracted(
                        prompt.userId(), prompt.promptId().toString(), "rule_removed"));
              }
            })
        .mapEmpty();
  }

  /** Acts by what a change has made of the rules, and tells every node. */
  @Nullable Void adopt(Edited edited) {
    replace(edited.after());
    if (edited.newRevision()) {
      bus.publish(Channels.RULES_CHANGED, new RulesChanged(edited.after().revision()));
    }
    return null;
  }

  private synchronized void forget(List<Rule> stored) {
    if (stored == wanted) {
      wanted = null;
    }
  }

  private synchronized void replace(Read next) {
    if (!loaded || next.revision() > current.revision()) {
      if (loaded) {
        LOG.info("rules are at revision {}", next.revision());
      }
      current = next;
      loaded = true;
      applied.accept(next.revision());
    }
  }
}
