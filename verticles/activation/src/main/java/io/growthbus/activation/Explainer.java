package io.growthbus.activation;

import io.growthbus.activation.Inquiry.Findings;
import io.growthbus.activation.Inquiry.User;
import io.growthbus.activation.core.Crossings;
import io.growthbus.activation.core.Verdict;
import io.growthbus.activation.store.PromptStore;
import io.growthbus.activation.store.PromptStore.Story;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.ExplainPrompt;
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.PromptExplanation;
import io.growthbus.shared.message.PromptExplanation.Step;
import io.growthbus.shared.message.ReadUsage;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Says why a user was, or was not, shown the prompt of a rule. */
final class Explainer {
  private final PromptStore store;
  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final Supplier<List<Rule>> rules;
  private final Inquiry inquiry;

  /**
   * @param rules the rules of this moment
   */
  Explainer(
      PromptStore store,
      Bus bus,
      Live<GrowthConfig> config,
      Supplier<List<Rule>> rules,
      Inquiry inquiry) {
    this.store = store;
    this.bus = bus;
    this.config = config;
    this.rules = rules;
    this.inquiry = inquiry;
  }

  /** What is known at the moment of the question; null where it could not be read. */
  private record Known(
      @Nullable Rule rule,
      @Nullable MeterUsage usage,
      Optional<Story> story,
      User user,
      Findings findings) {}

  /**
   * Explains.
   *
   * @return what rooms that do not answer would say is called unknown; fails with {@code
   *     unknown_rule} when there neither is nor was such a rule, {@code store_unavailable} when the
   *     prompts cannot be read
   */
  Future<PromptExplanation> explain(ExplainPrompt question) {
    Rule rule =
        rules.get().stream()
            .filter(known -> known.key().equals(question.rule()))
            .findFirst()
            .orElse(null);
    Future<@Nullable MeterUsage> usage =
        rule == null
            ? Future.succeededFuture()
            : bus.ask(Channels.READ_USAGE, new ReadUsage(rule.meter(), question.userId(), false))
                .otherwiseEmpty();
    return store
        .story(question.userId(), question.rule())
        .recover(Explainer::unavailable)
        .compose(
            story ->
                inquiry
                    .user(question.userId(), null)
                    .compose(
                        user ->
                            inquiry
                                .findings(rule, user)
                                .compose(
                                    findings ->
                                        usage.map(
                                            read ->
                                                explanation(
                                                    question,
                                                    new Known(
                                                        rule, read, story, user, findings))))));
  }

  private PromptExplanation explanation(ExplainPrompt question, Known known) {
    if (known.rule() == null && known.story().isEmpty()) {
      throw new RoomException(
          ErrorKind.NOT_FOUND, "unknown_rule", "There is no rule of this key, and there was none.");
    }
    Story story = known.story().orElse(null);
    Long count = count(known.usage());
    Verdict verdict =
        Verdict.of(
            known.rule() != null,
            count,
            known.rule() == null ? 0 : Crossings.lowest(known.rule()),
            story != null,
            story == null ? null : story.state(),
            reason(story),
            known.findings().circumstances().suppression().orElse(null));
    List<Step> steps =
        ExplanationSteps.of(
            known.rule(),
            known.usage(),
            count,
            story,
            known.user().entitlement(),
            known.findings(),
            config.get().activation().caps());
    return new PromptExplanation(
        question.userId(), question.rule(), verdict.code(), verdict.text(), steps);
  }

  private static @Nullable String reason(@Nullable Story story) {
    if (story == null) {
      return null;
    }
    return story.held() == null ? story.suppression() : story.held();
  }

  private static @Nullable Long count(@Nullable MeterUsage usage) {
    return usage == null
        ? null
        : Long.valueOf(
            new BigDecimal(usage.value()).setScale(0, RoundingMode.FLOOR).longValueExact());
  }

  private static <T> Future<T> unavailable(Throwable failure) {
    return Future.failedFuture(
        Postgres.isTransient(failure)
            ? new RoomException(
                ErrorKind.UNAVAILABLE,
                "store_unavailable",
                "Prompts cannot be read now; try again.")
            : failure);
  }
}
