package io.growthbus.shared.domain;

import java.util.Set;
import java.util.UUID;

/**
 * That a user reached a threshold of an activation rule: an event named {@value #EVENT} that the
 * product itself records, stored once per crossing. No client may send it, and it feeds no meter.
 *
 * <p>It is stored once because its id is made of the crossing: the UUID of version 5 (RFC 9562,
 * 5.5) in the namespace {@link #NAMESPACE} of the UTF-8 bytes of
 *
 * <pre>RULE ":" EPOCH ":" PERIOD ":" STEP ":" USER</pre>
 */
public final class ThresholdCrossed {
  /** Name of the event. */
  public static final String EVENT = "$threshold_crossed";

  /** Property: key of the rule. */
  public static final String RULE = "rule";

  /** Property: how often the rule was re-armed. */
  public static final String EPOCH = "epoch";

  /** Property: key of the meter. */
  public static final String METER = "meter";

  /** Property: the count that had to be reached. */
  public static final String THRESHOLD = "threshold";

  /** Property: the count that was seen. */
  public static final String COUNT = "count";

  /** Property: first day of the period of the meter; absent for a lifetime. */
  public static final String PERIOD = "period";

  /** Property: which of the thresholds of the rule it is. */
  public static final String STEP = "step";

  /** All of them. */
  public static final Set<String> PROPERTIES =
      Set.of(RULE, EPOCH, METER, THRESHOLD, COUNT, PERIOD, STEP);

  /** Namespace of the ids. */
  public static final UUID NAMESPACE = UUID.fromString("0c3f7a52-9d1e-5b84-a6f0-2e8b417d95c3");

  private ThresholdCrossed() {}

  /**
   * The id of the event of a crossing.
   *
   * @param rule key of the rule, 1 to 128 characters from {@code [A-Za-z0-9._-]}
   * @param period first day of the period, or a word for a lifetime; no colon
   * @param step which threshold of the rule; no colon
   */
  public static UUID id(String rule, long epoch, String period, String step, String userId) {
    return NameBasedId.of(
        NAMESPACE, rule + ":" + epoch + ":" + period + ":" + step + ":" + userId);
  }
}
