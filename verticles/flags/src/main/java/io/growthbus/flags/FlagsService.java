package io.growthbus.flags;

import io.growthbus.flags.store.FlagStore;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.flags.FlagDecision;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.EvaluateFlags;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagAnswers;
import io.growthbus.shared.message.FlagSet;
import io.growthbus.shared.message.FlagsChanged;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The use cases of flags. Questions are answered from the snapshot in memory, which is replaced by
 * a higher revision only and outlives an absent database.
 */
final class FlagsService {
  private static final Logger LOG = LoggerFactory.getLogger(FlagsService.class);

  private final FlagStore store;
  private final Bus bus;
  private volatile FlagSnapshot snapshot = FlagSnapshot.EMPTY;

  FlagsService(FlagStore store, Bus bus) {
    this.store = store;
    this.bus = bus;
  }

  /** Makes the stored definitions follow the file, and tells every node when that changed them. */
  Future<Void> follow(List<FlagDefinition> file) {
    return store
        .follow(file)
        .map(
            next -> {
              boolean changed = next.revision() > snapshot.revision();
              replace(next);
              if (changed) {
                bus.publish(Channels.FLAGS_CHANGED, new FlagsChanged(next.revision()));
              }
              return null;
            });
  }

  /** Reads the definitions when a revision is higher than the one in memory. */
  Future<Void> catchUp(long revision) {
    return revision > snapshot.revision()
        ? store.read().onSuccess(this::replace).mapEmpty()
        : Future.succeededFuture();
  }

  /** Looks whether a broadcast was missed; a browser's page is told too then. */
  Future<Void> poll() {
    long before = snapshot.revision();
    return store
        .revision()
        .compose(this::catchUp)
        .onSuccess(
            done -> {
              if (snapshot.revision() > before) {
                LOG.info("revision {} of the flags was found by polling", snapshot.revision());
              }
            });
  }

  FlagAnswer evaluate(EvaluateFlag question) {
    return answer(snapshot, question.key(), question.userId());
  }

  FlagAnswers evaluateAll(EvaluateFlags question) {
    FlagSnapshot now = snapshot;
    List<String> keys = question.keys() == null ? now.keys() : question.keys();
    Map<String, FlagAnswer> answers = new LinkedHashMap<>();
    keys.forEach(key -> answers.put(key, answer(now, key, question.userId())));
    return new FlagAnswers(now.revision(), answers);
  }

  FlagSet definitions() {
    FlagSnapshot now = snapshot;
    return new FlagSet(now.revision(), now.definitions());
  }

  private static FlagAnswer answer(
      FlagSnapshot now, String key, @org.jspecify.annotations.Nullable String userId) {
    FlagDecision decision = now.evaluate(key, userId);
    return new FlagAnswer(decision.value(), decision.variant(), decision.reason(), now.revision());
  }

  private synchronized void replace(FlagSnapshot next) {
    if (next.revision() > snapshot.revision() || snapshot == FlagSnapshot.EMPTY) {
      snapshot = next;
    }
  }
}
