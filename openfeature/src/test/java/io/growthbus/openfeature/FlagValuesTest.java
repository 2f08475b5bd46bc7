package io.growthbus.openfeature;

import static org.assertj.core.api.Assertions.assertThat;

import dev.openfeature.sdk.Value;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FlagValuesTest {
  private static final long BEYOND_DOUBLES = (1L << 53) + 1;

  @Test
  void false_zero_and_the_empty_text_are_values() {
    assertThat(FlagValues.asBoolean(false)).contains(false);
    assertThat(FlagValues.asText("")).contains("");
    assertThat(FlagValues.asInteger(0)).contains(0);
    assertThat(FlagValues.asLong(0)).contains(0L);
    assertThat(FlagValues.asDouble(0)).contains(0.0);
    assertThat(FlagValues.asInteger(-0.0)).contains(0);
  }

  @Test
  void no_type_is_taken_for_another() {
    assertThat(FlagValues.asBoolean("true")).isEmpty();
    assertThat(FlagValues.asBoolean(1)).isEmpty();
    assertThat(FlagValues.asText(1)).isEmpty();
    assertThat(FlagValues.asText(true)).isEmpty();
    assertThat(FlagValues.asInteger("1")).isEmpty();
    assertThat(FlagValues.asLong(true)).isEmpty();
    assertThat(FlagValues.asDouble("0.5")).isEmpty();
    assertThat(FlagValues.asDouble(Map.of())).isEmpty();
  }

  @Test
  void a_whole_number_is_one_however_it_is_written() {
    assertThat(FlagValues.asInteger(10.0)).contains(10);
    assertThat(FlagValues.asInteger(10L)).contains(10);
    assertThat(FlagValues.asLong(1e18)).contains(1_000_000_000_000_000_000L);
    assertThat(FlagValues.asInteger(new BigDecimal("1E+2"))).contains(100);
    assertThat(FlagValues.asLong(BigInteger.TEN)).contains(10L);
    assertThat(FlagValues.asDouble(10)).contains(10.0);
  }

  @Test
  void a_number_that_would_lose_something_is_of_another_type() {
    assertThat(FlagValues.asInteger(0.5)).isEmpty();
    assertThat(FlagValues.asInteger(Integer.MAX_VALUE + 1L)).isEmpty();
    assertThat(FlagValues.asInteger(Integer.MIN_VALUE - 1L)).isEmpty();
    assertThat(FlagValues.asLong(0x1p63)).isEmpty();
    assertThat(FlagValues.asLong(Double.NaN)).isEmpty();
    assertThat(FlagValues.asDouble(BEYOND_DOUBLES)).isEmpty();
    assertThat(FlagValues.asDouble(Long.MAX_VALUE)).isEmpty();
    assertThat(FlagValues.asDouble(new BigDecimal("0.1"))).isEmpty();
  }

  @Test
  void the_ends_of_the_ranges_are_in_them() {
    assertThat(FlagValues.asInteger((long) Integer.MAX_VALUE)).contains(Integer.MAX_VALUE);
    assertThat(FlagValues.asInteger((double) Integer.MIN_VALUE)).contains(Integer.MIN_VALUE);
    assertThat(FlagValues.asLong(Long.MIN_VALUE)).contains(Long.MIN_VALUE);
    assertThat(FlagValues.asLong(BEYOND_DOUBLES)).contains(BEYOND_DOUBLES);
    assertThat(FlagValues.asDouble((double) BEYOND_DOUBLES)).contains((double) BEYOND_DOUBLES);
  }

  @Test
  void an_object_keeps_its_lists_its_objects_and_its_nulls() {
    Value value =
        FlagValues.asObject(
                Map.of(
                    "list",
                    Arrays.asList(1, "two", null),
                    "object",
                    Map.of("half", 0.5, "on", true)))
            .orElseThrow();

    List<Value> list = value.asStructure().getValue("list").asList();
    assertThat(list.get(0).asInteger()).isEqualTo(1);
    assertThat(list.get(1).asString()).isEqualTo("two");
    assertThat(list.get(2).isNull()).isTrue();
    var inner = value.asStructure().getValue("object").asStructure();
    assertThat(inner.getValue("half").asDouble()).isEqualTo(0.5);
    assertThat(inner.getValue("on").asBoolean()).isTrue();
  }

  @Test
  void a_plain_value_asked_for_as_an_object_is_itself() {
    assertThat(FlagValues.asObject("hi").orElseThrow().asString()).isEqualTo("hi");
    assertThat(FlagValues.asObject(true).orElseThrow().asBoolean()).isTrue();
    assertThat(FlagValues.asObject(10.0).orElseThrow().asObject()).isEqualTo(10.0);
    assertThat(FlagValues.asObject(10).orElseThrow().asObject()).isEqualTo(10);
    assertThat(FlagValues.asObject(BEYOND_DOUBLES).orElseThrow().asObject())
        .isEqualTo(BEYOND_DOUBLES);
    assertThat(FlagValues.asObject(new Object())).isEmpty();
    assertThat(FlagValues.asObject(List.of(new Object()))).isEmpty();
    assertThat(FlagValues.asObject(Map.of("inner", new Object()))).isEmpty();
  }
}
