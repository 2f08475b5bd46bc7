package io.growthbus.flags;

import io.growthbus.flags.core.FactAttributes;
import io.growthbus.flags.core.KnownFacts;
import io.growthbus.shared.flags.FlagDecision;
import io.growthbus.shared.flags.FlagDecision.Reason;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.EvaluateFlags;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagAnswers;
import io.growthbus.shared.message.UsedFacts;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers questions about flags, each from one snapshot. Only those that look at what the server
 * knows of a user wait for something; all others are answered at once.
 */
final class FlagEvaluation {
  private static final String ACCOUNT = "account_id";
  private static final int LONGEST_ID = 200;

  private final Supplier<FlagSnapshot> current;
  private final FactReader reader;
  private final Exposures exposures;
  private final EvaluationCounts counts;

  /**
   * @param counts is told of every evaluation
   */
  FlagEvaluation(
      Supplier<FlagSnapshot> current,
      FactReader reader,
      Exposures exposures,
      EvaluationCounts counts) {
    this.counts = counts;
    this.current = current;
    this.reader = reader;
    this.exposures = exposures;
  }

  /** The answer for one flag; does not fail. */
  Future<FlagAnswer> one(EvaluateFlag question) {
    FlagSnapshot now = current.get();
    String key = question.key();
    if (isHidden(now, key, question.clientOnly())) {
      return Future.succeededFuture(counts.evaluated(key, unknown(now), true));
    }
    Map<String, Object> said = said(question.attributes());
    String userId = question.userId();
    Set<String> needed = now.facts(key);
    Future<FlagAnswer> answer =
        needed.isEmpty()
            ? Future.succeededFuture(plain(now, key, userId, said, question.clientOnly()))
            : facts(needed, userId, said, question.clientOnly(), question.unproven())
                .map(
                    known ->
                        answer(
                            now,
                            key,
                            userId,
                            new FactAttributes(said, known),
                            question.clientOnly()));
    return answer.onSuccess(
        given -> {
          counts.evaluated(key, given, question.clientOnly());
          if (question.track()) {
            exposures.note(userId, !question.unproven(), key, given);
          }
        });
  }

  /** The answers for several flags; does not fail. */
  Future<FlagAnswers> several(EvaluateFlags question) {
    FlagSnapshot now = current.get();
    boolean client = question.clientOnly();
    String userId = question.userId();
    Map<String, Object> said = said(question.attributes());
    List<String> keys =
        question.keys() == null
            ? now.keys().stream().filter(key -> !isHidden(now, key, client)).toList()
            : question.keys();
    Set<String> needed = new TreeSet<>();
    keys.stream()
        .filter(key -> !isHidden(now, key, client))
        .forEach(key -> needed.addAll(now.facts(key)));
    return facts(needed, userId, said, client, question.unproven())
        .map(
            known -> {
              Map<String, FlagAnswer> answers = new LinkedHashMap<>();
              for (String key : keys) {
                FlagAnswer answer =
                    counts.evaluated(key, answer(now, key, question, said, known), client);
                answers.put(key, answer);
                if (question.track()) {
                  exposures.note(userId, !question.unproven(), key, answer);
                }
              }
              return new FlagAnswers(now.revision(), answers);
            });
  }

  private static FlagAnswer answer(
      FlagSnapshot now,
      String key,
      EvaluateFlags question,
      Map<String, Object> said,
      KnownFacts known) {
    if (isHidden(now, key, question.clientOnly())) {
      return unknown(now);
    }
    return now.facts(key).isEmpty()
        ? plain(now, key, question.userId(), said, question.clientOnly())
        : answer(
            now, key, question.userId(), new FactAttributes(said, known), question.clientOnly());
  }

  private Future<KnownFacts> facts(
      Set<String> needed,
      @Nullable String userId,
      Map<String, Object> said,
      boolean page,
      boolean unproven) {
    return needed.isEmpty() || unproven
        ? Future.succeededFuture(KnownFacts.NONE)
        : reader.read(userId, page ? null : account(said), needed);
  }

  /** The account that is said, if it can be the id of one. */
  static @Nullable String account(Map<String, Object> said) {
    return said.get(ACCOUNT) instanceof String id && !id.isEmpty() && id.length() <= LONGEST_ID
        ? id
        : null;
  }

  /** The answer of a flag that looks at no facts. */
  private static FlagAnswer plain(
      FlagSnapshot now,
      String key,
      @Nullable String userId,
      Map<String, Object> said,
      boolean client) {
    return answer(now, key, now.evaluate(key, userId, said), null, client);
  }

  /** The answer of a flag that looks at facts. */
  static FlagAnswer answer(
      FlagSnapshot now,
      String key,
      @Nullable String userId,
      FactAttributes attributes,
      boolean client) {
    FlagDecision decision = now.evaluate(key, userId, attributes);
    return answer(
        now,
        key,
        attributes.missedFact() ? now.factsUnavailable(key) : decision,
        attributes.used(),
        client);
  }

  /**
   * @param client whether a page is answered, which learns of no flag that is hidden from pages
   */
  private static FlagAnswer answer(
      FlagSnapshot now, String key, FlagDecision whole, @Nullable UsedFacts used, boolean client) {
    FlagDecision decision = client ? now.forPage(whole) : whole;
    return new FlagAnswer(
        decision.value(),
        decision.variant(),
        decision.reason().name(),
        now.revision(),
        decision.rule(),
        now.flagRevision(key),
        used);
  }

  private static Map<String, Object> said(@Nullable Map<String, Object> attributes) {
    return attributes == null ? Map.of() : attributes;
  }

  private static boolean isHidden(FlagSnapshot now, String key, boolean client) {
    return client && now.surface(key).filter(Surface.SERVER::equals).isPresent();
  }

  private static FlagAnswer unknown(FlagSnapshot now) {
    return new FlagAnswer(false, null, Reason.FLAG_NOT_FOUND.name(), now.revision());
  }
}
