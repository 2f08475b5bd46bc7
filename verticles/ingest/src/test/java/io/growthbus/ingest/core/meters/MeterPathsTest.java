package io.growthbus.ingest.core.meters;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.config.GrowthConfig.MeterCondition;
import io.growthbus.shared.config.GrowthConfig.MeterOperator;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class MeterPathsTest {
  private static String one(String path, MeterOperator operator, Object... values) {
    return Objects.requireNonNull(
        MeterPaths.predicate(List.of(new MeterCondition(path, operator, Arrays.asList(values)))));
  }

  @Test
  void no_condition_is_no_predicate() {
    assertThat(MeterPaths.predicate(List.of())).isNull();
  }

  @Test
  void names_and_texts_are_literals_and_dots_lead_into_objects() {
    assertThat(one("a.b c", MeterOperator.EQ, "x\"; $.y \\ \n"))
        .isEqualTo("strict (($.\"a\".\"b c\" == \"x\\\"; $.y \\\\ \\u000a\"))");
    assertThat(MeterPaths.path("a.b")).isEqualTo("strict $.\"a\".\"b\"");
  }

  @Test
  void numbers_are_written_out() {
    assertThat(one("n", MeterOperator.LT, new BigDecimal("-1.5E-3")))
        .isEqualTo("strict ($.\"n\" < -0.0015)");
  }

  @Test
  void several_conditions_must_all_hold() {
    assertThat(
            MeterPaths.predicate(
                List.of(
                    new MeterCondition("a", MeterOperator.GTE, List.of(BigDecimal.ONE)),
                    new MeterCondition("b", MeterOperator.EXISTS, List.of(true)))))
        .isEqualTo("strict ($.\"a\" >= 1) && ($.\"b\" != null)");
  }

  @Property
  void no_text_ends_its_literal(@ForAll String text) {
    String predicate = one("n", MeterOperator.EQ, text);
    String inside = predicate.substring("strict (($.\"n\" == \"".length(), predicate.length() - 3);

    assertThat(inside.replaceAll("\\\\(u00[0-9a-f]{2}|[\"\\\\])", ""))
        .doesNotContain("\"", "\\")
        .doesNotContainPattern("[\\x00-\\x1f]");
  }
}
