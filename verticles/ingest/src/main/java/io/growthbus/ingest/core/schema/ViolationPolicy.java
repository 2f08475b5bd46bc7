package io.growthbus.ingest.core.schema;

import io.growthbus.shared.config.GrowthConfig.ViolationAction;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What is done about each kind of violation. By default an unplanned event, an additional property
 * and an unknown version of a known major are annotated; a missing property, a wrong type and an
 * unknown major are quarantined.
 */
public final class ViolationPolicy {
  /** Most notes that are kept beside one event. */
  public static final int MOST_ANNOTATIONS = 20;

  private static final Map<Violation.Kind, ViolationAction> DEFAULTS =
      Map.of(
          Violation.Kind.UNPLANNED_EVENT, ViolationAction.ANNOTATE,
          Violation.Kind.REQUIRED_MISSING, ViolationAction.QUARANTINE,
          Violation.Kind.WRONG_TYPE, ViolationAction.QUARANTINE,
          Violation.Kind.ADDITIONAL_PROPERTY, ViolationAction.ANNOTATE,
          Violation.Kind.UNKNOWN_VERSION, ViolationAction.ANNOTATE);

  private final Map<Violation.Kind, ViolationAction> actions = new EnumMap<>(DEFAULTS);
  private final ViolationAction unknownMajor;

  /**
   * @param configured code of a kind to what is done instead of the default; for unknown versions
   *     it holds for both, known majors and unknown ones
   */
  public ViolationPolicy(Map<String, ViolationAction> configured) {
    for (Violation.Kind kind : Violation.Kind.values()) {
      actions.computeIfPresent(kind, (k, now) -> configured.getOrDefault(k.code(), now));
    }
    unknownMajor =
        configured.getOrDefault(Violation.Kind.UNKNOWN_VERSION.code(), ViolationAction.QUARANTINE);
  }

  /**
   * The verdict on an event: the strictest action of all its violations, the first of them named.
   *
   * @param majorKnown whether the event's version is of a major that has a contract
   */
  public ContractVerdict decide(List<Violation> violations, boolean majorKnown) {
    if (violations.isEmpty()) {
      return ContractVerdict.FLAWLESS;
    }
    List<Violation> notes = new ArrayList<>();
    Violation worst = violations.get(0);
    ViolationAction strictest = ViolationAction.ALLOW;
    for (Violation violation : violations) {
      ViolationAction action = action(violation.kind(), majorKnown);
      if (action.compareTo(strictest) > 0) {
        strictest = action;
        worst = violation;
      }
      if (action == ViolationAction.ANNOTATE && notes.size() < MOST_ANNOTATIONS) {
        notes.add(violation);
      }
    }
    return strictest.compareTo(ViolationAction.ANNOTATE) > 0
        ? new ContractVerdict.Refused(worst, strictest)
        : new ContractVerdict.Kept(List.copyOf(notes));
  }

  private ViolationAction action(Violation.Kind kind, boolean majorKnown) {
    return kind == Violation.Kind.UNKNOWN_VERSION && !majorKnown
        ? unknownMajor
        : actions.getOrDefault(kind, ViolationAction.ALLOW);
  }
}
