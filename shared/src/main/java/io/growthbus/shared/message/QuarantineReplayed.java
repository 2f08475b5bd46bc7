package io.growthbus.shared.message;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a replay did.
 *
 * @param replayed events stored now
 * @param duplicates events whose id was stored already; they are not kept any longer
 * @param consentDropped events deleted because what is known of the consent is not enough by now
 * @param refused events that are refused again
 * @param stillRefused the first of them, 100 at most
 * @param remaining events that the selector names and that are kept now
 * @param next id after which to go on; null when all were judged
 */
public record QuarantineReplayed(
    int replayed,
    int duplicates,
    int consentDropped,
    int refused,
    List<StillRefused> stillRefused,
    long remaining,
    @Nullable Long next) {

  /** An event that is refused again, and why now. */
  public record StillRefused(long id, String code, String pointer) {}
}
