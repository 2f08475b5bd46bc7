package io.growthbus.ingest.core.schema;

import io.growthbus.ingest.core.schema.SchemaEvolution.Step;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares the bounds of two schemas: of numbers, and of how long or large a value may be. */
final class Bounds {

  /** Hears of each step. */
  interface Notes {
    void note(Step step, String pointer, String reason);
  }

  private final Notes notes;
  private final String at;
  private final Map<String, @Nullable Object> older;
  private final Map<String, @Nullable Object> newer;

  Bounds(
      Notes notes,
      String at,
      Map<String, @Nullable Object> older,
      Map<String, @Nullable Object> newer) {
    this.notes = notes;
    this.at = at;
    this.older = older;
    this.newer = newer;
  }

  void compare() {
    Set<ValueTypes> possible = ValueTypes.allowed(older);
    if (!Collections.disjoint(possible, ValueTypes.NUMBERS)) {
      range("minimum", "exclusiveMinimum", 1);
      range("maximum", "exclusiveMaximum", -1);
    }
    size("Length", possible.contains(ValueTypes.STRING));
    size("Items", possible.contains(ValueTypes.ARRAY));
    size("Properties", possible.contains(ValueTypes.OBJECT));
  }

  /**
   * @param sign 1 for a lower bound, -1 for an upper one
   */
  private void range(String inclusive, String exclusive, int sign) {
    BigDecimal open = number(older, exclusive);
    BigDecimal shut = number(older, inclusive);
    BigDecimal now = number(newer, inclusive);
    if (now != null) {
      boolean implied = atLeast(shut, now, sign, 0) || atLeast(open, now, sign, 0);
      judge(inclusive, implied, same(now, shut));
    }
    now = number(newer, exclusive);
    if (now != null) {
      boolean implied = atLeast(open, now, sign, 0) || atLeast(shut, now, sign, 1);
      judge(exclusive, implied, same(now, open));
    }
  }

  private static boolean atLeast(
      @Nullable BigDecimal bound, BigDecimal wanted, int sign, int least) {
    return bound != null && bound.compareTo(wanted) * sign >= least;
  }

  private static boolean same(BigDecimal one, @Nullable BigDecimal other) {
    return other != null && one.compareTo(other) == 0;
  }

  private void size(String what, boolean possible) {
    if (!possible) {
      return;
    }
    BigDecimal least = number(newer, "min" + what);
    if (least != null && least.signum() > 0) {
      BigDecimal before = number(older, "min" + what);
      judge("min" + what, atLeast(before, least, 1, 0), same(least, before));
    }
    BigDecimal most = number(newer, "max" + what);
    if (most != null) {
      BigDecimal before = number(older, "max" + what);
      judge("max" + what, atLeast(before, most, -1, 0), same(most, before));
    }
  }

  private void judge(String keyword, boolean implied, boolean same) {
    if (!implied) {
      notes.note(Step.BREAKING, Json.pointer(at, keyword), "is a tighter bound");
    } else if (!same) {
      notes.note(Step.WIDENING, Json.pointer(at, keyword), "is a looser bound");
    }
  }

  private static @Nullable BigDecimal number(Map<String, @Nullable Object> schema, String keyword) {
    return schema.get(keyword) instanceof Number number ? Json.decimal(number) : null;
  }
}
