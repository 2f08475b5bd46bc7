package io.growthbus.shared.message;

import io.growthbus.shared.flags.Definition;
import java.util.List;
import java.util.Map;

/**
 * What came of applying a document, or would come of it.
 *
 * @param revision revision of all definitions of flags after it
 * @param changes sorted by kind and key
 * @param nodes nodes that have said that they act by this revision, or a later one
 * @param pending nodes that were heard of lately and have not said so yet
 * @param appliedAtMs when each of {@code nodes} was heard to, ms since the epoch
 * @param warnings what is doubtful or left alone, for people
 */
public record DefinitionsApplied(
    long revision,
    boolean dryRun,
    List<Difference> changes,
    List<String> nodes,
    List<String> pending,
    Map<String, Long> appliedAtMs,
    List<String> warnings) {

  /**
   * A definition that differs.
   *
   * @param action {@code added}, {@code changed} or {@code removed}
   * @param fields names of the fields that differ, sorted; for {@code changed} only
   */
  public record Difference(String action, Definition.Kind kind, String key, List<String> fields) {}
}
