package io.growthbus.activation;

import io.growthbus.activation.store.PromptStore;
import io.growthbus.activation.store.PromptStore.Acknowledged;
import io.growthbus.activation.store.PromptStore.Done;
import io.growthbus.activation.store.PromptStore.PromptOfUser;
import io.growthbus.activation.store.PromptStore.StoredPrompt;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.bus.EntitlementAsk;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.AcknowledgePrompt;
import io.growthbus.shared.message.AcknowledgePrompt.Action;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.message.FindWaitingPrompts;
import io.growthbus.shared.message.ListPendingPrompts;
import io.growthbus.shared.message.PendingPrompts;
import io.growthbus.shared.message.PromptAcknowledged;
import io.growthbus.shared.message.PromptRetracted;
import io.growthbus.shared.message.UsageAdvanced;
import io.growthbus.shared.message.WaitingPrompts;
import io.growthbus.shared.message.WaitingPrompts.Waiting;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The use cases of activation: usage that advanced becomes crossings and prompts; prompts are shown
 * to whom they concern at that moment, and taken back when they no longer do.
 */
final class ActivationService {
  private static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  /** After which time a message of the bus is thought lost. */
  private static final Duration MESSAGE_TIME = Duration.ofSeconds(2);

  private final Vertx vertx;
  private final PromptStore store;
  private final Bus bus;
  private final CrossingWatch crossings;
  private final Gathered<UsageAdvanced, List<StoredPrompt>> told;
  private final Gathered<Done, Optional<Acknowledged>> acknowledgements;
  private final Presenter presenter;
  private final ActivationSettings settings;

  ActivationService(
      Vertx vertx,
      PromptStore store,
      Bus bus,
      CrossingWatch crossings,
      Presenter presenter,
      ActivationSettings settings) {
    this.vertx = vertx;
    this.store = store;
    this.bus = bus;
    this.crossings = crossings;
    this.told = new Gathered<>(fact -> new Object(), this::cross);
    this.acknowledgements = new Gathered<>(Done::promptId, store::acknowledge);
    this.presenter = presenter;
    this.settings = settings;
  }

  /** Usage has advanced: commit what it crosses, then show it. */
  Future<Void> usageAdvanced(UsageAdvanced fact) {
    return told.ask(fact).compose(this::show);
  }

  /** What messages cross together; the prompts of all of them are those of the first. */
  private Future<List<List<StoredPrompt>>> cross(List<UsageAdvanced> facts) {
    return crossings
        .told(facts.stream().flatMap(fact -> fact.readings().stream()).toList())
        .map(
            prompts -> {
              List<List<StoredPrompt>> each = new ArrayList<>();
              each.add(prompts);
              while (each.size() < facts.size()) {
                each.add(List.of());
              }
              return each;
            });
  }

  /** Finds what lost messages have left behind: crossings, prompts not shown, prompts too old. */
  Future<Void> sweep() {
    return crossings
        .sweep(this::show)
        .compose(done -> store.claimDue(settings.sweepBatch()))
        .compose(this::showAgain)
        .compose(done -> store.expire())
        .map(expired -> retractOnPages(expired, "expired"));
  }

  /** An entitlement has changed: a user who pays now is not asked any more. */
  Future<Void> entitlementChanged(EntitlementChanged fact) {
    return store
        .open(fact.userId())
        .compose(
            open ->
                open.isEmpty()
                    ? Future.succeededFuture()
                    : EntitlementAsk.atLeast(vertx, bus, fact)
                        .compose(now -> presenter.announce(fact.userId(), Set.of(), now)));
  }

  /** Prompts that a page of the user should show. */
  Future<PendingPrompts> pending(ListPendingPrompts question) {
    return presenter
        .prompts(question.userId())
        .map(PendingPrompts::new)
        .recover(ActivationService::unavailable);
  }

  /**
   * Which of these users have prompts that no page has shown, though the message that told of them
   * has had its time; the pages of a node that the message never reached are found by this.
   */
  Future<WaitingPrompts> waiting(FindWaitingPrompts question) {
    return store
        .waiting(question.userIds().stream().limit(FindWaitingPrompts.MOST).toList(), MESSAGE_TIME)
        .map(
            prompts ->
                new WaitingPrompts(
                    prompts.stream()
                        .map(p -> new Waiting(p.userId(), p.promptId().toString()))
                        .toList()))
        .recover(ActivationService::unavailable);
  }

  /**
   * Notes what a user did with a prompt.
   *
   * @return the state after it; fails with {@link RoomException} {@code unknown_prompt}
   */
  Future<PromptAcknowledged> acknowledge(AcknowledgePrompt order) {
    if (!UUID_TEXT.matcher(order.promptId()).matches()) {
      return Future.failedFuture(unknownPrompt());
    }
    UUID promptId = UUID.fromString(order.promptId());
    return acknowledgements
        .ask(new Done(order.userId(), promptId, order.action()))
        .compose(
            found ->
                found
                    .map(Future::succeededFuture)
                    .orElseGet(() -> Future.failedFuture(unknownPrompt())))
        .map(
            acknowledged -> {
              if (acknowledged.changed() && order.action() != Action.SHOWN) {
                retractOnPages(List.of(new PromptOfUser(promptId, order.userId())), "handled");
              }
              return new PromptAcknowledged(
                  promptId.toString(), acknowledged.state().name().toLowerCase(Locale.ROOT));
            })
        .recover(ActivationService::unavailable);
  }

  /** The prompts of a user were erased: no page shows them any more. */
  Void erased(List<PromptOfUser> prompts) {
    return retractOnPages(prompts, "erased");
  }

  /** What another node has announced meanwhile is not announced again. */
  private Future<Void> show(List<StoredPrompt> prompts) {
    return announce(prompts, false);
  }

  private Future<Void> showAgain(List<StoredPrompt> prompts) {
    return announce(prompts, true);
  }

  private Future<Void> announce(List<StoredPrompt> prompts, boolean again) {
    Map<String, Set<UUID>> byUser = new TreeMap<>();
    for (StoredPrompt prompt : prompts) {
      Set<UUID> own = byUser.computeIfAbsent(prompt.userId(), user -> new HashSet<>());
      if (again) {
        own.add(prompt.promptId());
      }
    }
    List<Future<Void>> shown = new ArrayList<>();
    byUser.forEach((user, own) -> shown.add(presenter.announce(user, own, null)));
    return Future.join(shown).mapEmpty();
  }

  private Void retractOnPages(List<PromptOfUser> prompts, String reason) {
    for (PromptOfUser prompt : prompts) {
      bus.publish(
          Channels.PROMPT_RETRACTED,
          new PromptRetracted(prompt.userId(), prompt.promptId().toString(), reason));
    }
    return null;
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

  private static RoomException unknownPrompt() {
    return new RoomException(
        ErrorKind.NOT_FOUND, "unknown_prompt", "You have no prompt with this id.");
  }
}
