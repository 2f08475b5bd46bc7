package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Orders ingest to store a batch of telemetry.
 *
 * @param body the request body, decompressed, as the sender wrote it: {@code {"batch":[…]}} or an
 *     array
 * @param verifiedUserId user proven by a token, or null; an event that names another user is
 *     refused
 * @param trusted true when the caller holds the secret key (or the node is open): any user id
 *     counts
 * @param receivedAtMs server time of arrival, ms since the epoch
 * @param gpc true when the sender asked that nothing is sold or shared (Global Privacy Control)
 * @param system true when a room of the product records what it has found out from stored events:
 *     names that are reserved for it may be used, and the consent is that of those events
 */
public record RecordEvents(
    byte[] body,
    @Nullable String verifiedUserId,
    boolean trusted,
    long receivedAtMs,
    boolean gpc,
    boolean system) {

  /** A batch of a sender outside of the product. */
  public RecordEvents(
      byte[] body,
      @Nullable String verifiedUserId,
      boolean trusted,
      long receivedAtMs,
      boolean gpc) {
    this(body, verifiedUserId, trusted, receivedAtMs, gpc, false);
  }

  /** A batch of a sender that did not ask for that. */
  public RecordEvents(
      byte[] body, @Nullable String verifiedUserId, boolean trusted, long receivedAtMs) {
    this(body, verifiedUserId, trusted, receivedAtMs, false);
  }
}
