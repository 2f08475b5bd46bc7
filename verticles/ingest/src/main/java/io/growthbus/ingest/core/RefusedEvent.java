package io.growthbus.ingest.core;

import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An event that was refused for its content, as the quarantine keeps it: without personal data and
 * secrets, with the reason, and with all that is needed to judge it again.
 *
 * @param eventId its id, when it had a legible one
 * @param userId the user that it names, else the one of the sender's token
 * @param origin who sent it and when
 * @param content the event after scrubbing as JSON text; only its head when it is not whole
 * @param whole whether the content is all of the event, so that it can be judged again
 */
public record RefusedEvent(
    @Nullable UUID eventId,
    @Nullable String name,
    @Nullable String schemaVersion,
    @Nullable String userId,
    Reason reason,
    Origin origin,
    String content,
    boolean whole) {

  /**
   * Why it was refused.
   *
   * @param code stable word in snake case
   * @param message what is wrong and what to send instead
   * @param pointer JSON pointer inside the event
   */
  public record Reason(String code, String message, String pointer) {}

  /**
   * What decides, beside the event, whether it counts.
   *
   * @param proven whether the sender's token proved the user
   * @param believed whether the sender could speak for any user
   * @param gpc whether the sender asked that nothing is sold or shared
   * @param receivedAtMs when the server got it, ms since the epoch
   * @param behindMs how far the sender's clock is behind the server's, in ms
   */
  public record Origin(
      boolean proven, boolean believed, boolean gpc, long receivedAtMs, long behindMs) {}

  /**
   * Equal for repetitions of one event that is refused for one reason: the same content from a
   * sender of the same standing. When it came does not matter.
   */
  public UUID fingerprint() {
    byte[] digest =
        new Fingerprint()
            .add(reason.code())
            .add(reason.pointer())
            .add(userId)
            .add(origin.proven() + "," + origin.believed() + "," + origin.gpc())
            .add(content)
            .digest();
    ByteBuffer bits = ByteBuffer.wrap(digest);
    return new UUID(bits.getLong(), bits.getLong());
  }

  /** The same without its content, for a database that refuses the content. */
  public RefusedEvent withoutContent() {
    return new RefusedEvent(eventId, null, null, null, reason, origin, "", false);
  }
}
