package io.growthbus.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Ask;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.Entitlement.State;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.EvaluateFlags;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagAnswers;
import io.growthbus.shared.message.MeterUsages;
import io.growthbus.shared.message.ReadUsages;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.message.UsedFacts;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the server knows of a user, as flags see it, with other rooms that a test speaks for. */
class FlagEvaluationIT {
  private static final String FILE =
      """
      {"meters": [{"key": "api_calls", "event": "api_call"}, {"key": "seats", "event": "seat", "subject": "account"}],
       "flags": {"definitions": [
         {"key": "plain", "enabled": true, "rollout_percentage": 100},
         {"key": "upsell", "enabled": true, "target_users": ["vip"], "rules": [
           {"key": "abroad", "if": [{"attribute": "country", "values": ["NO"]}], "rollout_percentage": 0},
           {"key": "near", "if": [
             {"attribute": "tier", "values": ["free"]},
             {"attribute": "usage.api_calls", "operator": "gte", "values": [40]}]}]},
         {"key": "crowded", "enabled": true, "rules": [
           {"key": "many", "if": [{"attribute": "usage.seats", "operator": "gt", "values": [10]}]}]},
         {"key": "roomy", "enabled": true, "rules": [
           {"key": "low", "if": [{"attribute": "limits.api_calls", "operator": "lt", "values": [1000]}]}]},
         {"key": "hidden", "enabled": true, "evaluation": "server", "prerequisites": [{"flag": "upsell"}]}]}}\
      """;

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final FlagSnapshot snapshot =
      new FlagSnapshot(
          12, GrowthConfigReader.read(FILE, new Problems()).flags(), Map.of("upsell", 7L));
  private final FlagEvaluation flags =
      new FlagEvaluation(
          () -> snapshot,
          new FactReader(bus),
          new Exposures(vertx, bus, InstantSource.system()),
          new EvaluationCounts());
  private final List<Object> asked = new CopyOnWriteArrayList<>();
  private Function<ResolveEntitlement, Future<Entitlement>> entitlements =
      question -> Future.succeededFuture(entitlement("free", State.FRESH));
  private Function<ReadUsages, Future<MeterUsages>> usage =
      question -> Future.succeededFuture(new MeterUsages(Map.of("api_calls", "40")));

  @BeforeEach
  void speakForTheOtherRooms() {
    serve(Channels.RESOLVE_ENTITLEMENT, question -> entitlements.apply(question));
    serve(Channels.READ_USAGES, question -> usage.apply(question));
    serve(
        Channels.RECORD_EVENTS,
        order -> Future.succeededFuture(new EventsRecorded(1, 0, List.of(), 0)));
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private <Q, R> void serve(Ask<Q, R> channel, Function<Q, Future<R>> room) {
    Await.result(
        bus.answer(
            channel,
            question -> {
              asked.add(question);
              return room.apply(question);
            }));
  }

  private static Entitlement entitlement(String tier, State state) {
    return new Entitlement(
        "ada",
        tier,
        Map.of("api_calls", 100L),
        List.of(),
        List.of(),
        1,
        state,
        "none",
        null,
        null,
        3);
  }

  private FlagAnswer ask(String key, String user, Map<String, Object> attributes) {
    return Await.result(flags.one(new EvaluateFlag(key, user, attributes)));
  }

  @Test
  void a_flag_without_facts_is_answered_at_once_and_nobody_is_asked() {
    Future<FlagAnswer> answer =
        flags.one(new EvaluateFlag("plain", "ada", Map.of("tier", "enterprise")));

    assertThat(answer.isComplete()).isTrue();
    assertThat(answer.result().reason()).isEqualTo("STATIC");
    assertThat(answer.result().facts()).isNull();
    assertThat(asked).isEmpty();
  }

  @Test
  void committed_state_decides_whatever_the_asker_says_and_the_answer_names_it() {
    FlagAnswer answer =
        ask("upsell", "ada", Map.of("tier", "pro", "usage", Map.of("api_calls", 1)));

    assertThat(answer)
        .isEqualTo(
            new FlagAnswer(
                true,
                "on",
                "TARGETING_MATCH",
                12,
                "near",
                7,
                new UsedFacts(3L, Map.of("api_calls", 40L))));
    entitlements = question -> Future.succeededFuture(entitlement("pro", State.GRACE));
    assertThat(ask("upsell", "ada", Map.of("tier", "free")).variant()).isEqualTo("off");
  }

  @Test
  void one_read_fetches_every_fact_of_all_flags_that_are_asked_and_no_other() {
    FlagAnswers answers =
        Await.result(
            flags.several(
                new EvaluateFlags(
                    "ada", Map.of("account_id", "acme"), List.of("plain", "upsell", "crowded"))));

    assertThat(answers.answers()).containsOnlyKeys("plain", "upsell", "crowded");
    assertThat(asked)
        .containsExactlyInAnyOrder(
            new ResolveEntitlement("ada"),
            new ReadUsages("ada", "acme", List.of("api_calls", "seats")));

    asked.clear();
    ask("roomy", "ada", Map.of());
    assertThat(asked).containsExactly(new ResolveEntitlement("ada"));
  }

  @Test
  void a_page_cannot_say_whose_account_it_is_of_and_sees_no_flag_of_the_server() {
    Await.result(
        flags.one(
            new EvaluateFlag("crowded", "ada", Map.of("account_id", "acme"), true, false, false)));
    assertThat(asked).containsExactly(new ReadUsages("ada", null, List.of("seats")));

    FlagAnswer hidden =
        Await.result(flags.one(new EvaluateFlag("hidden", "ada", null, true, false, false)));
    assertThat(hidden.reason()).isEqualTo("FLAG_NOT_FOUND");
  }

  @Test
  void for_a_user_who_is_not_proven_conditions_on_facts_do_not_fit_and_nothing_is_read() {
    FlagAnswer answer =
        Await.result(
            flags.one(
                new EvaluateFlag(
                    "upsell",
                    "ada",
                    Map.of("tier", "free", "usage.api_calls", 99),
                    true,
                    true,
                    false)));

    assertThat(answer.variant()).isEqualTo("off");
    assertThat(answer.reason()).isEqualTo("DEFAULT");
    assertThat(asked).isEmpty();
  }

  @Test
  void without_a_user_there_are_no_facts_and_conditions_on_them_do_not_fit() {
    FlagAnswer answer =
        Await.result(flags.one(new EvaluateFlag("upsell", null, Map.of("tier", "free"))));

    assertThat(answer.reason()).isEqualTo("DEFAULT");
    assertThat(asked).isEmpty();
  }

  @Test
  void a_guessed_entitlement_is_no_fact_the_flag_is_off_and_says_so() {
    entitlements = question -> Future.succeededFuture(entitlement("free", State.FALLBACK));

    FlagAnswer answer = ask("upsell", "ada", Map.of());

    assertThat(answer.value()).isEqualTo(false);
    assertThat(answer.variant()).isEqualTo("off");
    assertThat(answer.reason()).isEqualTo("FACTS_UNAVAILABLE");
    assertThat(ask("hidden", "ada", Map.of()).reason()).isEqualTo("FACTS_UNAVAILABLE");
  }

  @Test
  void a_stale_entitlement_is_the_last_that_is_known_and_counts() {
    entitlements = question -> Future.succeededFuture(entitlement("free", State.STALE));

    assertThat(ask("upsell", "ada", Map.of()).variant()).isEqualTo("on");
  }

  @Test
  void a_room_that_does_not_answer_is_waited_for_half_a_second_and_no_longer() {
    usage = question -> Promise.<MeterUsages>promise().future();
    long begin = System.nanoTime();

    FlagAnswer answer = ask("upsell", "ada", Map.of());

    long ms = (System.nanoTime() - begin) / 1_000_000;
    assertThat(answer.reason()).isEqualTo("FACTS_UNAVAILABLE");
    assertThat(ms).isBetween(450L, 1_500L);
  }

  @Test
  void what_is_decided_before_a_fact_that_cannot_be_read_does_not_depend_on_it() {
    usage =
        question ->
            Future.failedFuture(new RoomException(ErrorKind.UNAVAILABLE, "store_unavailable", "x"));

    assertThat(ask("upsell", "vip", Map.of()).reason()).isEqualTo("TARGETING_MATCH");
    assertThat(ask("upsell", "ada", Map.of("country", "NO")).reason()).isEqualTo("RULE_EXCLUDED");
    assertThat(ask("upsell", "ada", Map.of()).reason()).isEqualTo("FACTS_UNAVAILABLE");
    entitlements = question -> Future.succeededFuture(entitlement("pro", State.FRESH));
    assertThat(ask("upsell", "ada", Map.of()).reason()).isEqualTo("DEFAULT");
  }

  @Test
  void a_meter_or_limit_that_the_user_does_not_have_does_not_fit() {
    usage = question -> Future.succeededFuture(new MeterUsages(Map.of()));
    assertThat(ask("upsell", "ada", Map.of()).reason()).isEqualTo("DEFAULT");

    usage = question -> Future.succeededFuture(new MeterUsages(Map.of("api_calls", "40.5")));
    assertThat(ask("upsell", "ada", Map.of()).variant()).isEqualTo("on");
  }
}
