package io.growthbus.shared.message;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What came of an order to the registry of contracts.
 *
 * @param revision revision of the registry after it
 * @param changed false when the registry was so already
 * @param nodes nodes that have said that they act by this revision, or a later one; null when
 *     nobody was asked
 * @param pending nodes that were heard of lately and have not said so yet; null when nobody was
 *     asked
 * @param appliedAtMs when each of {@code nodes} was heard to, ms since the epoch; null when nobody
 *     was asked
 */
public record SchemaChange(
    long revision,
    boolean changed,
    @Nullable List<String> nodes,
    @Nullable List<String> pending,
    @Nullable Map<String, Long> appliedAtMs) {

  /** A change of which it is not known who acts by it. */
  public SchemaChange(long revision, boolean changed) {
    this(revision, changed, null, null, null);
  }
}
