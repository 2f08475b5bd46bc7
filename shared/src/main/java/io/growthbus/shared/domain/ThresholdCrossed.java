package io.growthbus.shared.domain;

import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * That a user reached a threshold of an activation rule: an event named {@value #EVENT} that the
 * product itself records, stored once per crossing. No client may send it, and it feeds no meter.
 *
 * <p>It is stored once because its id is made of the crossing: the UUID of version 5 (RFC 9562,
 * 5.5) in the namespace {@link #NAMESPACE} of the UTF-8 bytes of
 *
 * <pre>RULE ":" EPOCH ":" PERIOD ":" STEP ":" NUMBER ":" USER</pre>
 *
 * PERIOD is empty for ever.
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

  /** Property: first day of the period in which it was reached, in ISO form; absent: for ever. */
  public static final String PERIOD = "period";

  /** Property: kind of the threshold, {@code count}, {@code percent} or {@code every}. */
  public static final String STEP = "step";

  /** Property: place of the threshold among those of its kind, from 1; of a repetition, which. */
  public static final String STEP_NUMBER = "step_number";

  /** All of them. */
  public static final Set<String> PROPERTIES =
      Set.of(RULE, EPOCH, METER, THRESHOLD, COUNT, PERIOD, STEP, STEP_NUMBER);

  /** Namespace of the ids. */
  public static final UUID NAMESPACE = UUID.fromString("0c3f7a52-9d1e-5b84-a6f0-2e8b417d95c3");

  private ThresholdCrossed() {}

  /**
   * The id of the event of a crossing.
   *
   * @param rule key of the rule, 1 to 128 characters from {@code [A-Za-z0-9._-]}
   * @param period first day of the period in ISO form; null for ever
   * @param step kind of the threshold
   * @param stepNumber place among those of its kind, from 1
   */
  public static UUID id(
      String rule,
      int epoch,
      @Nullable String period,
      String step,
      long stepNumber,
      String userId) {
    return NameBasedId.of(
        NAMESPACE,
        String.join(
            ":",
            rule,
            String.valueOf(epoch),
            period == null ? "" : period,
            step,
            String.valueOf(stepNumber),
            userId));
  }
}
