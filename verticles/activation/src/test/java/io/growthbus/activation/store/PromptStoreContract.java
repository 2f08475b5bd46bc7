package io.growthbus.activation.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.growthbus.activation.core.Crossings.Reached;
import io.growthbus.activation.core.PromptState;
import io.growthbus.activation.core.Step;
import io.growthbus.activation.core.Suppression;
import io.growthbus.activation.store.PromptStore.Acknowledged;
import io.growthbus.activation.store.PromptStore.Decided;
import io.growthbus.activation.store.PromptStore.Done;
import io.growthbus.activation.store.PromptStore.Judged;
import io.growthbus.activation.store.PromptStore.PromptOfUser;
import io.growthbus.activation.store.PromptStore.StoredPrompt;
import io.growthbus.activation.store.PromptStore.ToDecide;
import io.growthbus.shared.config.GrowthConfig.Rule;
import io.growthbus.shared.config.PromptCaps;
import io.growthbus.shared.message.AcknowledgePrompt.Action;
import io.growthbus.shared.testing.Await;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every store of prompts keeps to. */
abstract class PromptStoreContract {
  static final Rule PROJECTS = rule("projects", 3, 10);
  static final Rule CALLS = rule("calls", 50, 20);
  static final Duration LATER = Duration.ofMinutes(10);

  abstract PromptStore store();

  static Rule rule(String key, long threshold, int priority) {
    return new Rule(
        key,
        "meter_" + key,
        threshold,
        "title {{count}}",
        "body {{limit}}",
        "label",
        "/pricing",
        priority,
        Duration.ofDays(7));
  }

  List<StoredPrompt> cross(Rule rule, String user, long count) {
    return Await.result(store().cross(List.of(reached(rule, user, count)), LATER));
  }

  /** What a count reaches, for ever and just now. */
  static Reached reached(Rule rule, String user, long count) {
    return reached(rule, user, null, count, null);
  }

  static Reached reached(
      Rule rule, String user, @Nullable LocalDate period, long count, @Nullable Long limit) {
    return new Reached(
        rule, user, period, Step.reached(rule.thresholds(), count, limit), count, true);
  }

  Decided decide(String user, UUID prompt, @Nullable Suppression suppression) {
    return Await.result(
        store()
            .decide(
                List.of(new ToDecide(user, List.of(new Judged(prompt, suppression)), true)),
                PromptCaps.NONE)
            .map(each -> each.get(0)));
  }

  UUID promptOf(String user) {
    return cross(PROJECTS, user, 3).get(0).promptId();
  }

  List<UUID> open(String user) {
    return Await.result(store().open(user)).stream().map(StoredPrompt::promptId).toList();
  }

  private Optional<Acknowledged> acknowledge(String user, UUID prompt, Action action) {
    return Await.result(store().acknowledge(List.of(new Done(user, prompt, action)))).get(0);
  }

  @Test
  void prompts_that_were_announced_and_shown_by_no_page_wait_for_the_users_who_are_asked_for() {
    UUID waiting = promptOf("waits");
    decide("waits", waiting, null);
    UUID seen = promptOf("seen");
    decide("seen", seen, null);
    acknowledge("seen", seen, Action.SHOWN);
    promptOf("undecided");
    decide("absent", promptOf("absent"), null);
    List<String> users = List.of("waits", "seen", "undecided", "nobody");
    assertThat(Await.result(store().waiting(users, Duration.ZERO)))
        .containsExactly(new PromptOfUser(waiting, "waits"));
    assertThat(Await.result(store().waiting(users, LATER))).isEmpty();
  }

  @Test
  void a_new_crossing_makes_one_prompt_with_the_words_of_its_rule() {
    assertThat(cross(PROJECTS, "u", 7))
        .singleElement()
        .satisfies(
            prompt -> {
              assertThat(prompt.userId()).isEqualTo("u");
              assertThat(prompt.rule()).isEqualTo("projects");
              assertThat(prompt.meter()).isEqualTo("meter_projects");
              assertThat(prompt.threshold()).isEqualTo(3);
              assertThat(prompt.count()).isEqualTo(7);
              assertThat(prompt.title()).isEqualTo("title {{count}}");
              assertThat(prompt.body()).isEqualTo("body {{limit}}");
              assertThat(prompt.ctaLabel()).isEqualTo("label");
              assertThat(prompt.ctaUrl()).isEqualTo("/pricing");
              assertThat(prompt.priority()).isEqualTo(10);
            });
  }

  @Test
  void a_crossing_that_is_stored_makes_no_second_prompt() {
    List<StoredPrompt> first = cross(PROJECTS, "u", 3);

    assertThat(cross(PROJECTS, "u", 3)).isEmpty();
    assertThat(cross(PROJECTS, "u", 4)).isEmpty();
    assertThat(Await.result(store().open("u"))).isEqualTo(first);
  }

  @Test
  void a_lower_threshold_does_not_fire_again() {
    cross(CALLS, "u", 60);

    assertThat(cross(rule("calls", 10, 20), "u", 61)).isEmpty();
  }

  @Test
  void of_several_crossings_only_the_new_ones_make_prompts() {
    cross(PROJECTS, "u1", 3);

    assertThat(
            Await.result(
                store()
                    .cross(
                        List.of(
                            reached(CALLS, "u1", 50),
                            reached(PROJECTS, "u1", 4),
                            reached(PROJECTS, "u2", 3)),
                        LATER)))
        .extracting(StoredPrompt::rule, StoredPrompt::userId)
        .containsExactlyInAnyOrder(tuple("calls", "u1"), tuple("projects", "u2"));
  }

  @Test
  void open_prompts_come_with_the_most_important_first() {
    UUID low = cross(PROJECTS, "u", 3).get(0).promptId();
    UUID high = cross(CALLS, "u", 50).get(0).promptId();

    assertThat(open("u")).containsExactly(high, low);
    assertThat(open("another")).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Action.class)
  void an_acknowledgement_counts_once_and_is_answered_the_same_every_time(Action action) {
    UUID prompt = promptOf("u");
    PromptState state = PromptState.valueOf(action.name());

    assertThat(acknowledge("u", prompt, action)).contains(new Acknowledged(state, true));
    assertThat(acknowledge("u", prompt, action)).contains(new Acknowledged(state, false));
    assertThat(open("u").isEmpty()).isEqualTo(action != Action.SHOWN);
  }

  @Test
  void a_prompt_can_be_acknowledged_only_by_its_user() {
    UUID prompt = promptOf("u");

    assertThat(acknowledge("thief", prompt, Action.DISMISSED)).isEmpty();
    assertThat(acknowledge("u", UUID.randomUUID(), Action.DISMISSED)).isEmpty();
    assertThat(open("u")).containsExactly(prompt);
  }

  @Test
  void the_first_end_of_a_prompt_stays() {
    UUID prompt = promptOf("u");
    acknowledge("u", prompt, Action.CLICKED);

    assertThat(acknowledge("u", prompt, Action.DISMISSED))
        .contains(new Acknowledged(PromptState.CLICKED, false));
    assertThat(acknowledge("u", prompt, Action.SHOWN))
        .contains(new Acknowledged(PromptState.CLICKED, false));
  }

  @Test
  void a_suppressed_prompt_is_not_shown_and_stays_suppressed() {
    UUID prompt = promptOf("u");
    decide("u", prompt, Suppression.ON_PAID_TIER);

    assertThat(open("u")).isEmpty();
    assertThat(acknowledge("u", prompt, Action.SHOWN))
        .contains(new Acknowledged(PromptState.SUPPRESSED, false));
  }

  @Test
  void a_prompt_that_was_shown_is_taken_back_and_not_suppressed() {
    UUID prompt = promptOf("u");
    acknowledge("u", prompt, Action.SHOWN);

    assertThat(decide("u", prompt, Suppression.FLAG_OFF).retracted()).containsExactly(prompt);
    assertThat(open("u")).isEmpty();
  }

  @Test
  void a_prompt_is_granted_for_the_first_time_once() {
    UUID prompt = promptOf("u");

    assertThat(decide("u", prompt, null).first()).containsExactly(prompt);
    assertThat(decide("u", prompt, null))
        .isEqualTo(new Decided(Set.of(prompt), Set.of(), Set.of(), false));
  }

  @Test
  void a_prompt_that_waits_stays_open_and_says_why() {
    UUID prompt = promptOf("u");

    assertThat(decide("u", prompt, Suppression.FLAG_UNKNOWN)).isEqualTo(Decided.NOTHING);
    assertThat(open("u")).containsExactly(prompt);
    assertThat(Await.result(store().story("u", "projects")).orElseThrow().held())
        .isEqualTo("flag_unknown");
  }

  @Test
  void a_retraction_takes_back_pending_and_shown_prompts_of_that_user_once() {
    UUID pending = promptOf("u");
    UUID shown = cross(CALLS, "u", 50).get(0).promptId();
    acknowledge("u", shown, Action.SHOWN);
    UUID ofAnother = promptOf("another");

    decide("u", pending, null);
    List<Judged> all =
        List.of(
            new Judged(pending, Suppression.ON_PAID_TIER),
            new Judged(shown, Suppression.ON_PAID_TIER));
    assertThat(
            Await.result(
                    store()
                        .decide(List.of(new ToDecide("u", all, true)), PromptCaps.NONE)
                        .map(each -> each.get(0)))
                .retracted())
        .containsExactlyInAnyOrder(pending, shown);
    assertThat(
            Await.result(
                    store()
                        .decide(List.of(new ToDecide("u", all, true)), PromptCaps.NONE)
                        .map(each -> each.get(0)))
                .retracted())
        .isEmpty();
    assertThat(open("u")).isEmpty();
    assertThat(open("another")).containsExactly(ofAnother);
    assertThat(acknowledge("u", pending, Action.CLICKED))
        .contains(new Acknowledged(PromptState.RETRACTED, false));
  }

  @Test
  void what_many_users_did_is_noted_at_once_each_as_if_alone() {
    UUID clicked = promptOf("a");
    UUID foreign = promptOf("b");
    UUID ended = promptOf("c");
    acknowledge("c", ended, Action.DISMISSED);

    assertThat(
            Await.result(
                store()
                    .acknowledge(
                        List.of(
                            new Done("c", ended, Action.SHOWN),
                            new Done("thief", foreign, Action.CLICKED),
                            new Done("a", clicked, Action.CLICKED)))))
        .containsExactly(
            Optional.of(new Acknowledged(PromptState.DISMISSED, false)),
            Optional.empty(),
            Optional.of(new Acknowledged(PromptState.CLICKED, true)));
    assertThat(open("b")).containsExactly(foreign);
    assertThat(open("a")).isEmpty();
  }
}
