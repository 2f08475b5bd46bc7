package io.growthbus.flags;

import io.growthbus.flags.core.FactAttributes;
import io.growthbus.flags.core.ImpactTally;
import io.growthbus.flags.core.KnownFacts;
import io.growthbus.flags.core.UnknownAttributes;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.DefinitionReader;
import io.growthbus.shared.config.FlagProposal;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagImpact;
import io.growthbus.shared.message.FlagPreview;
import io.growthbus.shared.message.FlagPreview.Previewed;
import io.growthbus.shared.message.MeasureImpact;
import io.growthbus.shared.message.PreviewFlag;
import io.growthbus.shared.message.PreviewFlag.Context;
import io.growthbus.shared.message.SampleUsers;
import io.growthbus.shared.message.UserSample;
import io.growthbus.shared.settings.Problems;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a flag answers and what it would answer if it were defined otherwise, before it is. */
final class FlagPreviews {
  /** Contexts of one preview. */
  static final int MOST_CONTEXTS = 1_000;

  /** Users that are looked at where facts have to be read of each. */
  private static final int MOST_READ = 1_000;

  /** Users that are looked at where nothing has to be read. */
  private static final int MOST_USERS = 10_000;

  /** Users whose facts are read at the same time. */
  private static final int AT_ONCE = 100;

  private final Supplier<FlagSnapshot> current;
  private final FactReader reader;
  private final Bus bus;
  private final FactNames names;

  FlagPreviews(Supplier<FlagSnapshot> current, FactReader reader, Bus bus, FactNames names) {
    this.current = current;
    this.reader = reader;
    this.bus = bus;
    this.names = names;
  }

  /** The flags as they are and as they would be. */
  private record Both(String key, FlagSnapshot now, @Nullable FlagSnapshot then) {
    Set<String> facts() {
      Set<String> facts = new TreeSet<>(now.facts(key));
      if (then != null) {
        facts.addAll(then.facts(key));
      }
      return facts;
    }
  }

  /**
   * The answers for some contexts. Facts that a context supposes count; others are read.
   *
   * @return fails with {@link RoomException} {@code too_many_contexts}, {@code invalid_flag},
   *     {@code unknown_flag} or {@code store_unavailable}
   */
  Future<FlagPreview> preview(PreviewFlag order) {
    if (order.contexts().size() > MOST_CONTEXTS) {
      return refuse("too_many_contexts", "Send at most " + MOST_CONTEXTS + " contexts.");
    }
    String definition = order.definition();
    FlagSnapshot now = current.get();
    if (definition == null && now.surface(order.key()).isEmpty()) {
      return Future.failedFuture(
          new RoomException(
              ErrorKind.NOT_FOUND, "unknown_flag", "There is no such flag; send a definition."));
    }
    Future<Both> both =
        definition == null
            ? Future.succeededFuture(new Both(order.key(), now, null))
            : proposed(order.key(), definition, now);
    return both.compose(
        flags ->
            each(order.contexts(), context -> previewed(flags, context))
                .map(answers -> new FlagPreview(flags.now().revision(), answers)));
  }

  /**
   * What a definition would change for known users.
   *
   * @return fails with {@link RoomException} {@code invalid_flag}, or as {@link Bus#ask} does when
   *     the users cannot be read
   */
  Future<FlagImpact> impact(MeasureImpact order) {
    return proposed(order.key(), order.definition(), current.get())
        .compose(
            flags ->
                bus.ask(
                        Channels.SAMPLE_USERS,
                        new SampleUsers(flags.facts().isEmpty() ? MOST_USERS : MOST_READ))
                    .compose(sample -> measured(flags, sample)));
  }

  private Future<Both> proposed(String key, String definition, FlagSnapshot now) {
    return names.checked(
        known -> {
          Problems problems = new Problems();
          FlagProposal proposal =
              FlagProposal.read(definition, key, now.flags(), known, "/definition", problems)
                  .orElseThrow(() -> invalid(problems));
          Map<String, Long> revisions = new HashMap<>(now.flagRevisions());
          revisions.put(key, now.revision() + 1);
          return new Both(key, now, new FlagSnapshot(now.revision(), proposal.flags(), revisions));
        });
  }

  private Future<Previewed> previewed(Both flags, Context context) {
    Map<String, Object> said = context.attributes() == null ? Map.of() : context.attributes();
    Set<String> needed = flags.facts();
    needed.removeIf(fact -> FactAttributes.saidFact(said, fact) != null);
    Function<FlagSnapshot, Function<KnownFacts, FlagAnswer>> answer =
        snapshot ->
            known ->
                FlagEvaluation.answer(
                    snapshot,
                    flags.key(),
                    context.userId(),
                    FactAttributes.hypothetical(said, known),
                    false);
    FlagSnapshot then = flags.then();
    return facts(context.userId(), FlagEvaluation.account(said), needed)
        .map(
            known ->
                new Previewed(
                    answer.apply(flags.now()).apply(known),
                    then == null ? null : answer.apply(then).apply(known)));
  }

  private Future<KnownFacts> facts(
      @Nullable String userId, @Nullable String accountId, Set<String> needed) {
    return needed.isEmpty()
        ? Future.succeededFuture(KnownFacts.NONE)
        : reader.read(userId, accountId, needed);
  }

  private Future<FlagImpact> measured(Both flags, UserSample sample) {
    ImpactTally tally = new ImpactTally();
    Set<String> needed = flags.facts();
    return each(
            sample.userIds(),
            user -> facts(user, null, needed).onSuccess(known -> tally(flags, user, known, tally)))
        .map(
            done ->
                new FlagImpact(
                    flags.now().revision(),
                    sample.userIds().size(),
                    sample.known(),
                    sample.more(),
                    tally.changed(),
                    tally.unknown(),
                    tally.changes()));
  }

  private static void tally(Both flags, String user, KnownFacts known, ImpactTally tally) {
    UnknownAttributes nothing = new UnknownAttributes();
    FactAttributes before = new FactAttributes(nothing, known);
    FactAttributes after = new FactAttributes(nothing, known);
    FlagSnapshot then = flags.then() == null ? flags.now() : flags.then();
    FlagAnswer current = FlagEvaluation.answer(flags.now(), flags.key(), user, before, false);
    FlagAnswer proposed = FlagEvaluation.answer(then, flags.key(), user, after, false);
    if (nothing.lookedAt()
        || before.missedFact()
        || after.missedFact()
        || before.missedUsage()
        || after.missedUsage()) {
      tally.addUnknown();
    } else {
      tally.add(current, proposed);
    }
  }

  /** Results in order; some at the same time, the others after them. */
  private static <T, R> Future<List<R>> each(List<T> items, Function<T, Future<R>> work) {
    Future<List<R>> done = Future.succeededFuture(new ArrayList<>());
    for (int from = 0; from < items.size(); from += AT_ONCE) {
      List<T> some = items.subList(from, Math.min(items.size(), from + AT_ONCE));
      done =
          done.compose(
              before -> {
                List<Future<R>> running = some.stream().map(work).toList();
                return Future.all(running)
                    .map(
                        all -> {
                          running.forEach(result -> before.add(result.result()));
                          return before;
                        });
              });
    }
    return done;
  }

  private static RoomException invalid(Problems problems) {
    return RoomException.invalid("invalid_flag", DefinitionReader.fields(problems));
  }

  private static <T> Future<T> refuse(String code, String text) {
    return Future.failedFuture(new RoomException(ErrorKind.INVALID, code, text));
  }
}
