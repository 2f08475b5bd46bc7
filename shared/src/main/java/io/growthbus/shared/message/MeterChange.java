package io.growthbus.shared.message;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What came of an order about a meter.
 *
 * @param revision revision of all definitions after it
 * @param changed false when it was so already
 * @param meter the meter after it; null when it is removed
 * @param nodes nodes that have said that they count by this revision, or a later one; null when
 *     nobody was asked
 * @param pending nodes that were heard of lately and have not said so yet; null when nobody was
 *     asked
 * @param appliedAtMs when each of {@code nodes} was heard to, ms since the epoch; null when nobody
 *     was asked
 */
public record MeterChange(
    int revision,
    boolean changed,
    @Nullable MeterState meter,
    @Nullable List<String> nodes,
    @Nullable List<String> pending,
    @Nullable Map<String, Long> appliedAtMs) {

  /** A change of which it is not known who counts by it. */
  public MeterChange(int revision, boolean changed, @Nullable MeterState meter) {
    this(revision, changed, meter, null, null, null);
  }
}
