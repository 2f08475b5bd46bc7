package io.growthbus.edge;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.buffer.Buffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Revisions in the headers {@code ETag} and {@code If-Match}: a tag is the revision and, behind a
 * point, a hash of the body, because what is shown may change without the revision.
 */
final class Revisions {
  private static final Pattern MATCH =
      Pattern.compile("(?:W/)?\"?(\\d{1,18})(?:\\.[0-9a-f]{32})?\"?");

  private Revisions() {}

  /** Tag of a body that shows this revision. */
  static String tag(long revision, Buffer body) {
    return "\"" + revision + '.' + Api.tag(body).substring(1);
  }

  /**
   * The revision that a change expects; null for any.
   *
   * @throws RoomException {@code invalid_if_match}
   */
  static @Nullable Long expected(Call call) {
    String header = call.ctx().request().getHeader("If-Match");
    if (header == null || header.equals("*")) {
      return null;
    }
    Matcher matcher = MATCH.matcher(header.strip());
    if (!matcher.matches()) {
      throw new RoomException(
          ErrorKind.INVALID,
          "invalid_if_match",
          "If-Match must be one ETag of this resource, or its revision.");
    }
    return Long.valueOf(matcher.group(1));
  }
}
