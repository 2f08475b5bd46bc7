package io.growthbus.activation;

import io.growthbus.activation.Inquiry.Findings;
import io.growthbus.activation.Inquiry.User;
import io.growthbus.activation.core.PromptCopy;
import io.growthbus.activation.core.Suppression;
import io.growthbus.activation.store.PromptStore;
import io.growthbus.activation.store.PromptStore.Decided;
import io.growthbus.activation.store.PromptStore.Judged;
import io.growthbus.activation.store.PromptStore.StoredPrompt;
import io.growthbus.activation.store.PromptStore.ToDecide;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.Prompt;
import io.growthbus.shared.message.PromptRaised;
import io.growthbus.shared.message.PromptRetracted;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what a user is shown at this moment: every open prompt is judged anew, what may be shown
 * is granted, what must not be shown any more is taken back.
 *
 * <p>It looks at all open prompts of the user and not at the one that is new, because they compete.
 * One that another node has stored since then is a reason to look again.
 */
final class Presenter {
  private static final Logger LOG = LoggerFactory.getLogger(Presenter.class);

  /** How often a decision waits for prompts that appeared meanwhile. */
  private static final int LOOKS = 5;

  private final Retries retries;
  private final Gathered<String, List<StoredPrompt>> open;
  private final Gathered<ToDecide, Decided> decisions;
  private final Bus bus;
  private final Supplier<List<Rule>> rules;
  private final Inquiry inquiry;
  private final BiConsumer<UUID, Entitlement> ghosted;

  /**
   * @param rules the rules of this moment
   * @param ghosted hears of each prompt that a control keeps back, with what its user has then
   */
  Presenter(
      Vertx vertx,
      PromptStore store,
      Bus bus,
      Live<GrowthConfig> config,
      Supplier<List<Rule>> rules,
      Inquiry inquiry,
      BiConsumer<UUID, Entitlement> ghosted) {
    this.retries = new Retries(vertx);
    this.ghosted = ghosted;
    this.open =
        new Gathered<>(
            user -> user,
            users ->
                store
                    .open(users)
                    .map(
                        byUser ->
                            users.stream()
                                .map(user -> byUser.getOrDefault(user, List.of()))
                                .toList()));
    this.decisions =
        new Gathered<>(
            ToDecide::userId,
            questions -> store.decide(questions, config.get().activation().caps()));
    this.bus = bus;
    this.rules = rules;
    this.inquiry = inquiry;
  }

  /** A prompt as a page shows it. */
  private record Shown(UUID promptId, Prompt prompt) {}

  /**
   * What was decided, with the prompts that may be shown, most important first.
   *
   * @param unanswered whether a room did not say what matters for another one
   */
  private record Presented(Decided decided, List<Shown> prompts, boolean unanswered) {
    static final Presented NOTHING = new Presented(Decided.NOTHING, List.of(), false);
  }

  /** What was found out about the open prompts of a user. */
  private record Inquired(User user, List<StoredPrompt> open, Map<UUID, Findings> findings) {
    @Nullable Suppression suppression(StoredPrompt prompt) {
      return Objects.requireNonNull(findings.get(prompt.promptId()))
          .circumstances()
          .suppression()
          .orElse(null);
    }

    boolean unanswered() {
      return findings.values().stream()
          .anyMatch(
              found ->
                  found
                      .circumstances()
                      .suppression()
                      .filter(Suppression::isUnanswered)
                      .isPresent());
    }
  }

  /**
   * Announces what a user may be shown for the first time.
   *
   * @param again prompts that are announced though they were before
   * @param entitlement of the user, where it is known already
   */
  Future<Void> announce(String userId, Set<UUID> again, @Nullable Entitlement entitlement) {
    return announce(userId, again, entitlement, 0);
  }

  private Future<Void> announce(
      String userId, Set<UUID> again, @Nullable Entitlement entitlement, int retry) {
    return present(userId, entitlement, 1)
        .map(
            presented -> {
              publish(userId, presented, again);
              if (presented.unanswered()) {
                // A room that is slow for a moment must not hold a prompt back for long.
                retries.plan(retry, () -> announceAgain(userId, again, retry + 1));
              }
              return null;
            });
  }

  private void announceAgain(String userId, Set<UUID> again, int retry) {
    announce(userId, again, null, retry)
        .onFailure(e -> LOG.info("prompts wait for the next sweep: {}", Postgres.describe(e)));
  }

  /**
   * What a page of a user shows, most important first. What it is the first to show is announced to
   * the other pages.
   */
  Future<List<Prompt>> prompts(String userId) {
    return present(userId, null, 1)
        .map(
            presented -> {
              publish(userId, presented, Set.of());
              return presented.prompts().stream().map(Shown::prompt).toList();
            });
  }

  private void publish(String userId, Presented presented, Set<UUID> again) {
    Set<UUID> first = presented.decided().first();
    for (Shown shown : presented.prompts()) {
      if (first.contains(shown.promptId()) || again.contains(shown.promptId())) {
        bus.publish(Channels.PROMPT_RAISED, new PromptRaised(userId, shown.prompt()));
      }
    }
  }

  private Future<Presented> present(String userId, @Nullable Entitlement entitlement, int look) {
    return open.ask(userId)
        .compose(
            prompts ->
                prompts.isEmpty()
                    ? Future.succeededFuture(Presented.NOTHING)
                    : inquire(userId, prompts, entitlement)
                        .compose(inquired -> decide(inquired, entitlement, look)));
  }

  private Future<Inquired> inquire(
      String userId, List<StoredPrompt> open, @Nullable Entitlement entitlement) {
    Map<String, Rule> known = new HashMap<>();
    rules.get().forEach(rule -> known.put(rule.key(), rule));
    return inquiry
        .user(userId, entitlement)
        .compose(
            user -> {
              Map<String, Future<Findings>> ofRules = new TreeMap<>();
              open.forEach(
                  prompt ->
                      ofRules.computeIfAbsent(
                          prompt.rule(), key -> inquiry.findings(known.get(key), user)));
              return Future.all(List.copyOf(ofRules.values()))
                  .map(
                      done -> {
                        Map<UUID, Findings> findings = new HashMap<>();
                        for (StoredPrompt prompt : open) {
                          Future<Findings> found =
                              Objects.requireNonNull(ofRules.get(prompt.rule()));
                          findings.put(prompt.promptId(), found.result());
                        }
                        return new Inquired(user, open, findings);
                      });
            });
  }

  private Future<Presented> decide(Inquired inquired, @Nullable Entitlement entitlement, int look) {
    List<Judged> judged =
        inquired.open().stream()
            .map(prompt -> new Judged(prompt.promptId(), inquired.suppression(prompt)))
            .toList();
    String userId = inquired.user().userId();
    return decisions
        .ask(new ToDecide(userId, judged, look == LOOKS))
        .compose(
            decided -> {
              if (decided.lookAgain()) {
                return present(userId, entitlement, look + 1);
              }
              retract(inquired, decided);
              noteGhosts(inquired);
              return Future.succeededFuture(
                  new Presented(decided, shown(inquired, decided), inquired.unanswered()));
            });
  }

  private void retract(Inquired inquired, Decided decided) {
    for (StoredPrompt prompt : inquired.open()) {
      Suppression why = inquired.suppression(prompt);
      if (why != null && decided.retracted().contains(prompt.promptId())) {
        String reason = why == Suppression.ON_PAID_TIER ? "upgraded" : why.code();
        bus.publish(
            Channels.PROMPT_RETRACTED,
            new PromptRetracted(prompt.userId(), prompt.promptId().toString(), reason));
      }
    }
  }

  private void noteGhosts(Inquired inquired) {
    Entitlement entitlement = inquired.user().entitlement();
    for (StoredPrompt prompt : inquired.open()) {
      Suppression why = inquired.suppression(prompt);
      if (entitlement != null && (why == Suppression.HOLDOUT || why == Suppression.FLAG_OFF)) {
        ghosted.accept(prompt.promptId(), entitlement);
      }
    }
  }

  private static List<Shown> shown(Inquired inquired, Decided decided) {
    Entitlement entitlement = inquired.user().entitlement();
    List<Shown> shown = new ArrayList<>();
    for (StoredPrompt prompt : inquired.open()) {
      if (entitlement != null && decided.granted().contains(prompt.promptId())) {
        FlagAnswer flag = Objects.requireNonNull(inquired.findings().get(prompt.promptId())).flag();
        shown.add(
            new Shown(
                prompt.promptId(),
                filled(prompt, entitlement, flag == null ? null : flag.variant())));
      }
    }
    return shown;
  }

  private static Prompt filled(
      StoredPrompt prompt, Entitlement entitlement, @Nullable String variant) {
    Map<String, String> values = new TreeMap<>();
    values.put("count", String.valueOf(prompt.count()));
    values.put("threshold", String.valueOf(prompt.threshold()));
    values.put("tier", entitlement.tier());
    Long limit = entitlement.limits().get(prompt.meter());
    if (limit != null) {
      values.put("limit", String.valueOf(limit));
    } else if (entitlement.unlimited().contains(prompt.meter())) {
      values.put("limit", "unlimited");
    }
    return new Prompt(
        prompt.promptId().toString(),
        prompt.rule(),
        prompt.meter(),
        prompt.count(),
        prompt.threshold(),
        variant,
        PromptCopy.fill(prompt.title(), values),
        PromptCopy.fill(prompt.body(), values),
        prompt.ctaLabel(),
        prompt.ctaUrl(),
        prompt.expiresAtMs());
  }
}
