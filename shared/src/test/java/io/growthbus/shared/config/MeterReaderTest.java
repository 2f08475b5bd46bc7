package io.growthbus.shared.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.GrowthConfig.MeterCondition;
import io.growthbus.shared.config.GrowthConfig.MeterOperator;
import io.growthbus.shared.config.GrowthConfig.MeterPeriod;
import io.growthbus.shared.config.GrowthConfig.MeterSubject;
import io.growthbus.shared.settings.Problems;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MeterReaderTest {
  private static Meter read(String json) {
    Problems problems = new Problems();
    var order = MeterReader.read(json, "m", problems);
    assertThat(problems.errors()).isEmpty();
    return order.orElseThrow().meter();
  }

  private static List<String> problems(String json) {
    Problems problems = new Problems();
    assertThat(MeterReader.read(json, "m", problems)).isEmpty();
    return problems.errors();
  }

  @Test
  void the_short_form_is_a_plain_count_of_users_for_ever() {
    assertThat(read("{\"event\":\"api_call\"}")).isEqualTo(new Meter("m", "api_call"));
  }

  @Test
  void every_part_is_read() {
    assertThat(
            read(
                """
                {"key":"m","event":"api_call","filter":{"status_code":{"lt":400,"gte":2e2},"endpoint":"/v1/x",
                 "plan":{"in":["a",null,1.50]}},"sum":"tokens.total","subject":"account","period":"30d","backfill":true}
                """))
        .isEqualTo(
            new Meter(
                "m",
                "api_call",
                List.of(
                    new MeterCondition("endpoint", MeterOperator.EQ, List.of("/v1/x")),
                    new MeterCondition(
                        "plan", MeterOperator.IN, Arrays.asList("a", null, new BigDecimal("1.5"))),
                    new MeterCondition(
                        "status_code", MeterOperator.LT, List.of(new BigDecimal("400"))),
                    new MeterCondition(
                        "status_code", MeterOperator.GTE, List.of(new BigDecimal("200")))),
                "tokens.total",
                MeterSubject.ACCOUNT,
                new MeterPeriod(30),
                true));
  }

  @Test
  void what_is_written_is_read_again_in_any_order() {
    Meter meter =
        read(
            """
            {"event":"e","filter":{"b":{"ne":null,"exists":true},"a":false,"c":0.1,"d":{"in":["\\u00fc","\\""]}},
             "period":"month","sum":"n"}
            """);
    assertThat(read(MeterJson.text(meter))).isEqualTo(meter);
    assertThat(read("{\"filter\":{\"a\":1,\"b\":2},\"event\":\"e\"}"))
        .isEqualTo(read("{\"event\":\"e\",\"filter\":{\"b\":{\"eq\":2.0},\"a\":1}}"));
  }

  @Test
  void all_problems_are_told_at_once_each_with_its_pointer() {
    assertThat(
            problems(
                """
                {"key":"other","filter":{"a":{"like":1},"b":{"lt":"x"},"c..d":1,"e":{"in":[]},"f":{}},
                 "sum":"a.","subject":"team","period":"367d","backfill":1,"colour":2}
                """))
        .extracting(problem -> problem.substring(0, problem.indexOf(':')))
        .containsExactlyInAnyOrder(
            "/key",
            "/event",
            "/sum",
            "/period",
            "/filter/a",
            "/filter/b",
            "/filter/c..d",
            "/filter/e",
            "/filter/f",
            "/subject",
            "/backfill",
            "/colour");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "1",
        "{",
        "{\"event\":\"e\",\"event\":\"f\"}",
        "{\"event\":\"e\"} x",
        "{\"event\":\"a\\u0000b\"}",
        "{\"event\":\"e\",\"filter\":{\"a\\ud800\":1}}",
        "{\"event\":\"e\",\"filter\":{\"a\":\"\\u0000\"}}",
        "{\"event\":\"e\",\"filter\":{\"a\":1e999999999}}",
        "{\"event\":\"e\",\"filter\":{\"a\":[1]}}",
        "{\"event\":\"e\",\"filter\":{\"a\":{\"exists\":1}}}",
        "{\"event\":\"e\",\"filter\":[]}",
        "{\"event\":\"e\",\"sum\":5}",
        "{\"event\":\"e\",\"period\":\"0d\"}",
        "{\"event\":\"e\",\"period\":\"07d\"}",
        "{\"event\":\"e\",\"reset\":\"yes\"}",
        "{\"event\":\"$exposure\"}",
        "{\"event\":\"$threshold_crossed\"}",
      })
  void what_cannot_be_a_meter_is_refused(String json) {
    assertThat(problems(json)).isNotEmpty();
  }

  @Test
  void conditions_and_lists_are_bounded() {
    String terms =
        IntStream.range(0, 21)
            .mapToObj(i -> "\"p" + i + "\":1")
            .collect(Collectors.joining(",", "{", "}"));
    String list =
        IntStream.range(0, 101)
            .mapToObj(String::valueOf)
            .collect(Collectors.joining(",", "[", "]"));

    assertThat(problems("{\"event\":\"e\",\"filter\":" + terms + "}")).hasSize(1);
    assertThat(problems("{\"event\":\"e\",\"filter\":{\"a\":{\"in\":" + list + "}}}")).hasSize(1);
    assertThat(problems("{\"event\":\"" + "e".repeat(101) + "\"}")).hasSize(1);
  }

  @Test
  void growth_json_holds_meters_of_every_kind_and_warns_of_a_rule_about_accounts() {
    Problems problems = new Problems();
    GrowthConfig config =
        GrowthConfigReader.read(
            """
            {"telemetry":{"events":[{"name":"e","required_properties":[]}]},
             "meters":[{"key":"m","event":"e","subject":"account","period":"month"}],
             "activation":{"rules":[{"key":"r","meter":"m","threshold":1}]}}
            """,
            problems);
    assertThat(problems.errors()).isEmpty();
    assertThat(problems.warnings())
        .singleElement()
        .asString()
        .contains("/activation/rules/0/meter");
    assertThat(config.meters().get(0).period()).isEqualTo(MeterPeriod.MONTH);
  }
}
