package io.growthbus.bench.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.bench.flags.peer.Users;
import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.Figures;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SdkReportTest {
  private static final int FITTING = 10;

  private final Checks checks = new Checks();

  @Test
  void right_answers_become_figures_of_each_place() {
    Figures figures = SdkReport.figures(rounds(Users::fits), checks);
    assertThat(checks.failed()).isEmpty();
    assertThat(figures.rounds("growthbus", "node_rollout_ns")).containsExactly(40.0, 40.0);
    assertThat(SdkReport.goals(figures)).hasSize(4);
  }

  @Test
  void one_wrong_answer_of_the_rule_fails() {
    SdkReport.figures(rounds(user -> user != FITTING && Users.fits(user)), checks);
    assertThat(checks.failed()).isNotEmpty();
  }

  private static JsonArray rounds(IntPredicate rule) {
    JsonObject result =
        new JsonObject()
            .put("rollout", line(user -> user % 2 == 0))
            .put("rule", line(rule))
            .put("rollout_ns", 40)
            .put("rule_ns", 80);
    JsonObject places = new JsonObject().put("node", result).put("chromium", result);
    JsonObject round = new JsonObject().put("growthbus", places);
    return new JsonArray().add(round).add(round);
  }

  private static String line(IntPredicate answer) {
    return IntStream.range(0, Users.COUNT)
        .mapToObj(user -> answer.test(user) ? "1" : "0")
        .collect(Collectors.joining());
  }
}
