package io.growthbus.entitlements.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.core.BillingEvent.SubscriptionReported;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ProjectionTest {
  private static final SubscriptionEvents SUB =
      new SubscriptionEvents("sub_1", "cus_1", "u1", "pro");

  /** Sign-up with a tie, a failed and a late payment, the end, and a straggler after the end. */
  private static final List<BillingEvent> LIFE =
      List.of(
          SUB.created("evt_a", 100, "incomplete"),
          SUB.updated("evt_b", 100, "active"),
          SUB.checkout("evt_c", 100, "u1"),
          SUB.failed("evt_d", 200),
          SUB.updated("evt_e", 201, "past_due"),
          SUB.paid("evt_f", 300),
          SUB.updated("evt_g", 301, "active"),
          SUB.deleted("evt_h", 400),
          SUB.updated("evt_i", 500, "active"));

  private static Subscription state(BillingEvent... events) {
    return Projection.of(List.of(events)).orElseThrow();
  }

  private static List<BillingEvent> shuffled(
      List<BillingEvent> events, List<Integer> repetitions, Random random) {
    List<BillingEvent> deliveries = new ArrayList<>(events);
    repetitions.forEach(i -> deliveries.add(events.get(i % events.size())));
    Collections.shuffle(deliveries, random);
    return deliveries;
  }

  @Property(tries = 500)
  void any_order_and_repetition_of_a_life_ends_in_the_same_state(
      @ForAll("repetitions") List<Integer> repetitions, @ForAll Random random) {
    Subscription state = Projection.of(shuffled(LIFE, repetitions, random)).orElseThrow();

    assertThat(state)
        .isEqualTo(
            new Subscription(
                "sub_1",
                "cus_1",
                "u1",
                "pro",
                "canceled",
                SubscriptionEvents.PERIOD_END_MS,
                null,
                400_000L,
                false,
                null,
                null,
                400_000));
  }

  @Property(tries = 1_000)
  void any_order_and_repetition_of_any_history_ends_in_the_same_state(
      @ForAll("histories") List<BillingEvent> history,
      @ForAll("repetitions") List<Integer> repetitions,
      @ForAll Random random) {
    assertThat(Projection.of(shuffled(history, repetitions, random)))
        .isEqualTo(Projection.of(history));
  }

  @Property(tries = 1_000)
  void at_each_moment_the_state_is_that_of_the_events_up_to_it_in_whatever_order_they_came(
      @ForAll("histories") List<BillingEvent> history,
      @ForAll("repetitions") List<Integer> repetitions,
      @ForAll Random random) {
    NavigableMap<Long, Subscription> states =
        Projection.atEachMoment(shuffled(history, repetitions, random));

    for (long second = 0; second <= 11; second++) {
      long moment = second * 1_000;
      Map.Entry<Long, Subscription> then = states.floorEntry(moment);
      assertThat(Optional.ofNullable(then).map(Map.Entry::getValue))
          .isEqualTo(Projection.of(history.stream().filter(e -> e.createdMs() <= moment).toList()));
    }
  }

  @Property(tries = 200)
  void nothing_that_happened_after_the_end_matters(
      @ForAll("histories") List<BillingEvent> history, @ForAll Random random) {
    List<BillingEvent> ended = new ArrayList<>(history);
    ended.add(SUB.deleted("evt_end", 5));
    List<BillingEvent> until =
        ended.stream()
            .filter(e -> BillingEvent.ORDER.compare(e, SUB.deleted("evt_end", 5)) <= 0)
            .toList();

    Subscription state = Projection.of(shuffled(ended, List.of(), random)).orElseThrow();

    assertThat(state.status()).isEqualTo("canceled");
    assertThat(state).isEqualTo(Projection.of(until).orElseThrow());
  }

  @Provide
  Arbitrary<List<Integer>> repetitions() {
    return Arbitraries.integers().between(0, 1_000).list().ofMaxSize(12);
  }

  /** Few distinct seconds, so that ties are common. */
  @Provide
  Arbitrary<List<BillingEvent>> histories() {
    Arbitrary<String> status =
        Arbitraries.of("incomplete", "trialing", "active", "past_due", "unpaid", "brand_new");
    return Combinators.combine(
            Arbitraries.integers().between(1, 100), Arbitraries.integers().between(0, 4), status)
        .as(ProjectionTest::event)
        .list()
        .ofMinSize(1)
        .ofMaxSize(10)
        .map(
            makers -> {
              List<BillingEvent> events = new ArrayList<>();
              for (int i = 0; i < makers.size(); i++) {
                events.add(makers.get(i).named("evt_" + i));
              }
              return events;
            });
  }

  private interface Maker {
    BillingEvent named(String eventId);
  }

  private static Maker event(int second, int kind, String status) {
    int atS = second / 10;
    return id ->
        switch (kind) {
          case 0 -> SUB.created(id, atS, status);
          case 1, 2 -> SUB.updated(id, atS, status);
          case 3 -> SUB.failed(id, atS);
          default -> SUB.paid(id, atS);
        };
  }

  @Test
  void in_one_second_an_update_counts_after_the_creation_and_the_end_after_both() {
    // The ids sort the other way round, so that only the rank can decide.
    SubscriptionReported created = SUB.created("evt_3", 100, "incomplete");
    SubscriptionReported updated = SUB.updated("evt_2", 100, "active");
    SubscriptionReported deleted = SUB.deleted("evt_1", 100);

    assertThat(state(updated, created).status()).isEqualTo("active");
    assertThat(state(deleted, updated, created).status()).isEqualTo("canceled");
  }

  @Test
  void two_updates_in_one_second_are_ranked_by_their_ids() {
    BillingEvent first = SUB.updated("evt_1", 100, "past_due");
    BillingEvent second = SUB.updated("evt_2", 100, "active");

    assertThat(state(first, second).status()).isEqualTo("active");
    assertThat(state(second, first).status()).isEqualTo("active");
  }

  @Test
  void events_that_do_not_report_the_subscription_make_no_state() {
    assertThat(Projection.of(List.of())).isEmpty();
    assertThat(Projection.of(List.of(SUB.failed("evt_1", 100), SUB.checkout("evt_2", 100, "u1"))))
        .isEmpty();
  }

  @Test
  void payment_is_overdue_since_it_failed_not_since_the_report() {
    assertThat(
            state(
                    SUB.created("evt_1", 100, "active"),
                    SUB.failed("evt_2", 200),
                    SUB.updated("evt_3", 260, "past_due"),
                    SUB.failed("evt_4", 300),
                    SUB.updated("evt_5", 301, "past_due"))
                .pastDueSinceMs())
        .isEqualTo(200_000);
  }

  @Test
  void without_a_failed_payment_it_is_overdue_since_the_first_report() {
    assertThat(
            state(SUB.updated("evt_1", 100, "past_due"), SUB.updated("evt_2", 200, "past_due"))
                .pastDueSinceMs())
        .isEqualTo(100_000);
  }

  @Test
  void a_failure_that_was_made_good_does_not_count_for_the_next_one() {
    assertThat(
            state(
                    SUB.failed("evt_1", 100),
                    SUB.paid("evt_2", 150),
                    SUB.updated("evt_3", 900, "past_due"))
                .pastDueSinceMs())
        .isEqualTo(900_000);
  }

  @Test
  void an_active_report_ends_a_failure_even_without_news_of_the_payment() {
    assertThat(
            state(
                    SUB.failed("evt_1", 100),
                    SUB.updated("evt_2", 101, "past_due"),
                    SUB.updated("evt_3", 150, "active"),
                    SUB.updated("evt_4", 900, "past_due"))
                .pastDueSinceMs())
        .isEqualTo(900_000);
  }

  @Test
  void a_status_word_that_is_not_known_keeps_the_last_known_one_and_says_since_when() {
    Subscription state =
        state(
            SUB.updated("evt_1", 100, "active"),
            SUB.updated("evt_2", 200, "hibernating"),
            SUB.updated("evt_3", 300, "hibernating"));

    assertThat(state.status()).isEqualTo("active");
    assertThat(state.unknownStatusSinceMs()).isEqualTo(200_000);
    assertThat(state.lastEventMs()).isEqualTo(300_000);
  }

  @Test
  void a_known_word_ends_the_time_of_the_unknown_one() {
    assertThat(
            state(SUB.updated("evt_1", 100, "hibernating"), SUB.updated("evt_2", 200, "active"))
                .unknownStatusSinceMs())
        .isNull();
  }

  @Test
  void user_and_tier_stay_known_when_a_later_report_does_not_name_them() {
    SubscriptionEvents nameless = new SubscriptionEvents("sub_1", "cus_1", null, null);

    Subscription state =
        state(SUB.created("evt_1", 100, "active"), nameless.updated("evt_2", 200, "active"));

    assertThat(state.userId()).isEqualTo("u1");
    assertThat(state.tier()).isEqualTo("pro");
  }

  @Test
  void an_end_without_a_time_ended_when_it_was_reported() {
    assertThat(state(SUB.updated("evt_1", 100, "canceled")).endedAtMs()).isEqualTo(100_000);
  }
}
