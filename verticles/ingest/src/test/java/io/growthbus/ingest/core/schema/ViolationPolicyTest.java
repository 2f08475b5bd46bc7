package io.growthbus.ingest.core.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.core.schema.ContractVerdict.Kept;
import io.growthbus.ingest.core.schema.ContractVerdict.Refused;
import io.growthbus.ingest.core.schema.Violation.Kind;
import io.growthbus.shared.config.GrowthConfig.ViolationAction;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ViolationPolicyTest {
  private static final ViolationPolicy DEFAULTS = new ViolationPolicy(Map.of());

  private static Violation violation(Kind kind) {
    return new Violation(kind, "/" + kind.code());
  }

  @ParameterizedTest
  @CsvSource({
    "UNPLANNED_EVENT, true, ANNOTATE",
    "ADDITIONAL_PROPERTY, true, ANNOTATE",
    "UNKNOWN_VERSION, true, ANNOTATE",
    "UNKNOWN_VERSION, false, QUARANTINE",
    "REQUIRED_MISSING, true, QUARANTINE",
    "WRONG_TYPE, true, QUARANTINE",
  })
  void each_kind_has_its_default(Kind kind, boolean majorKnown, ViolationAction action) {
    ContractVerdict verdict = DEFAULTS.decide(List.of(violation(kind)), majorKnown);

    assertThat(verdict)
        .isEqualTo(
            action == ViolationAction.ANNOTATE
                ? new Kept(List.of(violation(kind)))
                : new Refused(violation(kind), action));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void each_kind_can_be_allowed_annotated_quarantined_or_dropped(Kind kind) {
    List<Violation> violations = List.of(violation(kind));
    for (ViolationAction action : ViolationAction.values()) {
      ViolationPolicy policy = new ViolationPolicy(Map.of(kind.code(), action));
      ContractVerdict expected =
          switch (action) {
            case ALLOW -> new Kept(List.of());
            case ANNOTATE -> new Kept(violations);
            case QUARANTINE, DROP -> new Refused(violation(kind), action);
          };

      assertThat(policy.decide(violations, true)).isEqualTo(expected);
      assertThat(policy.decide(violations, false)).isEqualTo(expected);
    }
  }

  @Test
  void the_strictest_action_of_all_violations_wins_and_names_its_own() {
    ViolationPolicy policy = new ViolationPolicy(Map.of("wrong_type", ViolationAction.DROP));

    assertThat(
            policy.decide(
                List.of(
                    violation(Kind.ADDITIONAL_PROPERTY),
                    violation(Kind.REQUIRED_MISSING),
                    violation(Kind.WRONG_TYPE)),
                true))
        .isEqualTo(new Refused(violation(Kind.WRONG_TYPE), ViolationAction.DROP));
  }

  @Test
  void an_event_keeps_a_bounded_number_of_notes() {
    List<Violation> many = Collections.nCopies(128, violation(Kind.ADDITIONAL_PROPERTY));

    assertThat(DEFAULTS.decide(many, true))
        .isEqualTo(new Kept(many.subList(0, ViolationPolicy.MOST_ANNOTATIONS)));
  }
}
