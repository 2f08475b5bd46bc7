package io.growthbus.shared.message;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Flags that nobody asks for any more, and keys that are asked for although there is no such flag.
 *
 * @param revision revision of the definitions
 * @param unusedSinceDays after how many days a flag is stale
 * @param countedSinceMs since when is counted, ms since the epoch
 * @param fetchedAtMs when definitions were last fetched for evaluation elsewhere, which is not seen
 *     here; null = never
 * @param stale sorted by key
 * @param unknown the most asked for first
 */
public record FlagReport(
    long revision,
    int unusedSinceDays,
    long countedSinceMs,
    @Nullable Long fetchedAtMs,
    List<StaleFlag> stale,
    List<UnknownFlag> unknown) {

  /**
   * A flag that is older than that and was not evaluated meanwhile.
   *
   * @param client whether browsers may evaluate it, which is not seen here
   * @param lastEvaluatedAtMs to the minute; null = never since it is counted
   * @param changedAtMs when its definition was changed last
   */
  public record StaleFlag(
      String key, boolean client, @Nullable Long lastEvaluatedAtMs, long changedAtMs) {}

  /**
   * A key that is no flag.
   *
   * @param byClient asked for with the publishable key at least once
   * @param byServer asked for by a server at least once
   */
  public record UnknownFlag(
      String key, long count, long lastAskedAtMs, boolean byClient, boolean byServer) {}
}
