package io.growthbus.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagImpact;
import io.growthbus.shared.message.FlagImpact.Change;
import io.growthbus.shared.message.FlagImpact.Outcome;
import io.growthbus.shared.message.FlagPreview;
import io.growthbus.shared.message.MeasureImpact;
import io.growthbus.shared.message.MeterList;
import io.growthbus.shared.message.MeterState;
import io.growthbus.shared.message.MeterUsages;
import io.growthbus.shared.message.PreviewFlag;
import io.growthbus.shared.message.PreviewFlag.Context;
import io.growthbus.shared.message.ReadUsages;
import io.growthbus.shared.message.SampleUsers;
import io.growthbus.shared.message.UserSample;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Looking at a change before it is made, with other rooms that a test speaks for. */
class FlagPreviewsIT {
  private static final GrowthConfig CONFIG =
      GrowthConfigReader.read(
          """
          {"flags": {"definitions": [
            {"key": "half", "enabled": true, "rollout_percentage": 50, "bucketing": "murmur3"}]}}\
          """,
          new Problems());
  private static final String ON_USAGE =
      """
      {"enabled": true, "rules": [{"key": "near", "if": [
        {"attribute": "tier", "values": ["free"]},
        {"attribute": "usage.own_meter", "operator": "gte", "values": [40]}]}]}\
      """;

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final FlagSnapshot snapshot = new FlagSnapshot(12, CONFIG.flags());
  private final FlagPreviews previews =
      new FlagPreviews(
          () -> snapshot, new FactReader(bus), bus, new FactNames(bus, new Live<>(CONFIG)));
  private final List<ReadUsages> reads = new CopyOnWriteArrayList<>();
  private final List<SampleUsers> samples = new CopyOnWriteArrayList<>();
  private Function<ReadUsages, Future<MeterUsages>> usage =
      question ->
          Future.succeededFuture(
              new MeterUsages(
                  Map.of(
                      "own_meter", String.valueOf(question.userId()).endsWith("0") ? "40" : "1")));
  private List<String> known = IntStream.range(0, 1_000).mapToObj(i -> "u" + i).toList();

  private volatile boolean metersAway;

  @BeforeEach
  void speakForTheOtherRooms() {
    MeterState own = new MeterState("own_meter", "{}", MeterState.Source.API, 1, null);
    Await.result(
        Future.all(
            bus.answer(
                Channels.LIST_METERS,
                question ->
                    metersAway
                        ? Future.failedFuture("away")
                        : Future.succeededFuture(new MeterList(1, List.of(own)))),
            bus.answer(
                Channels.RESOLVE_ENTITLEMENT,
                question -> Future.succeededFuture(free(question.userId()))),
            bus.answer(
                Channels.READ_USAGES,
                question -> {
                  reads.add(question);
                  return usage.apply(question);
                }),
            bus.answer(
                Channels.SAMPLE_USERS,
                question -> {
                  samples.add(question);
                  return Future.succeededFuture(new UserSample(known, 7_000, true));
                })));
  }

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private static Entitlement free(String userId) {
    return new Entitlement(
        userId,
        "free",
        Map.of(),
        List.of(),
        List.of(),
        1,
        Entitlement.State.FRESH,
        "none",
        null,
        null,
        3);
  }

  private FlagPreview preview(@Nullable String definition, Context... contexts) {
    return Await.result(previews.preview(new PreviewFlag("half", definition, List.of(contexts))));
  }

  private FlagImpact impact(String definition) {
    return Await.result(previews.impact(new MeasureImpact("half", definition)));
  }

  @Test
  void a_meter_that_cannot_be_looked_up_is_no_error_of_the_definition() {
    metersAway = true;
    String onMeter =
        "{\"rules\": [{\"key\": \"r\", \"if\": [{\"attribute\": \"usage.own_meter\", \"operator\": \"exists\"}]}]}";

    assertThat(Await.failure(previews.impact(new MeasureImpact("half", onMeter))))
        .isInstanceOf(RoomException.class)
        .extracting("code")
        .isEqualTo("store_unavailable");
  }

  @Test
  void facts_that_a_context_supposes_count_and_the_others_are_read() {
    FlagPreview preview =
        preview(
            ON_USAGE,
            new Context("u10", null),
            new Context("u11", null),
            new Context("u11", Map.of("usage", Map.of("own_meter", 41))),
            new Context("u10", Map.of("tier", "pro", "usage.own_meter", 99)));

    assertThat(preview.revision()).isEqualTo(12);
    assertThat(preview.answers())
        .extracting(both -> both.proposed() == null ? "" : both.proposed().reason())
        .containsExactly("TARGETING_MATCH", "DEFAULT", "TARGETING_MATCH", "DEFAULT");
    assertThat(preview.answers()).extracting(both -> both.current().reason()).containsOnly("SPLIT");
    assertThat(reads).extracting(ReadUsages::userId).containsExactly("u10", "u11");
  }

  @Test
  void without_a_definition_the_flag_is_shown_as_it_is_and_an_unknown_one_refused() {
    FlagPreview preview = preview(null, new Context("ada", null));

    FlagAnswer now = preview.answers().get(0).current();
    assertThat(now.value()).isEqualTo(snapshot.evaluate("half", "ada").value());
    assertThat(preview.answers().get(0).proposed()).isNull();
    RoomException refused =
        (RoomException) Await.failure(previews.preview(new PreviewFlag("other", null, List.of())));
    assertThat(refused.code()).isEqualTo("unknown_flag");
  }

  @Test
  void all_problems_of_a_definition_are_said_at_once() {
    RoomException refused =
        (RoomException)
            Await.failure(
                previews.impact(
                    new MeasureImpact("half", "{\"enabled\": 1, \"rollout_percentage\": 101}")));

    assertThat(refused.code()).isEqualTo("invalid_flag");
    assertThat(refused.problems())
        .extracting(FieldProblem::pointer)
        .containsExactly("/definition/enabled", "/definition/rollout_percentage");
  }

  @Test
  void there_may_be_a_thousand_contexts_and_no_more() {
    Context nobody = new Context(null, null);
    List<Context> most = new ArrayList<>();
    IntStream.range(0, FlagPreviews.MOST_CONTEXTS).forEach(i -> most.add(nobody));
    assertThat(Await.result(previews.preview(new PreviewFlag("half", null, most))).answers())
        .hasSize(FlagPreviews.MOST_CONTEXTS);
    most.add(nobody);
    assertThat(Await.failure(previews.preview(new PreviewFlag("half", null, most))))
        .isInstanceOf(RoomException.class);
  }

  @Test
  void the_impact_of_a_larger_rollout_is_those_who_come_in_and_nobody_is_asked_about_them() {
    FlagImpact impact =
        impact("{\"enabled\": true, \"rollout_percentage\": 60, \"bucketing\": \"murmur3\"}");

    long in = known.stream().filter(user -> snapshot.evaluate("half", user).isOn()).count();
    assertThat(impact.users()).isEqualTo(1_000);
    assertThat(impact.known()).isEqualTo(7_000);
    assertThat(impact.more()).isTrue();
    assertThat(impact.unknown()).isZero();
    assertThat(impact.changed()).isBetween(60, 140);
    assertThat(impact.changes())
        .containsExactly(
            new Change(new Outcome("off", "SPLIT"), new Outcome("on", "SPLIT"), impact.changed()));
    assertThat(in).isBetween(400L, 600L);
    assertThat(reads).isEmpty();
    assertThat(samples).containsExactly(new SampleUsers(10_000));
  }

  @Test
  void the_impact_of_a_condition_on_usage_is_read_of_each_user() {
    known = known.subList(0, 250);
    FlagImpact impact = impact(ON_USAGE);

    long was = known.stream().filter(user -> snapshot.evaluate("half", user).isOn()).count();
    long stays =
        known.stream()
            .filter(user -> user.endsWith("0") && snapshot.evaluate("half", user).isOn())
            .count();
    long comes = 25 - stays;
    assertThat(impact.changed()).isEqualTo((int) (was - stays + comes));
    assertThat(impact.unknown()).isZero();
    assertThat(reads).hasSize(250);
    assertThat(samples).containsExactly(new SampleUsers(1_000));
  }

  @Test
  void users_of_whom_something_must_be_known_that_is_not_are_counted_as_unknown() {
    assertThat(
            impact(
                    "{\"enabled\": true, \"rules\": [{\"key\": \"r\", \"if\":"
                        + " [{\"attribute\": \"country\", \"values\": [\"NO\"]}]}]}")
                .unknown())
        .isEqualTo(1_000);
    known = known.subList(0, 10);
    usage = question -> Future.succeededFuture(new MeterUsages(Map.of()));
    assertThat(impact(ON_USAGE).unknown()).isEqualTo(10);
    usage =
        question ->
            Future.failedFuture(new RoomException(ErrorKind.UNAVAILABLE, "store_unavailable", "x"));
    assertThat(impact(ON_USAGE).unknown()).isEqualTo(10);
  }
}
