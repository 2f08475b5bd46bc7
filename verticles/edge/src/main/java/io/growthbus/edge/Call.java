package io.growthbus.edge;

import io.growthbus.edge.core.Principal;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;

/**
 * A request whose body is read and whose caller is known and may do this.
 *
 * @param body raw bytes
 */
record Call(RoutingContext ctx, Principal principal, Buffer body) {

  /** Who calls, for the audit; only operators change what is audited. */
  String actor() {
    return "operator";
  }

  /** A parameter of the path, decoded. */
  String path(String name) {
    String value = ctx.pathParam(name);
    return value == null ? "" : value;
  }

  /** A parameter of the query, at most once and not empty. */
  Optional<String> query(String name) {
    List<String> values = ctx.queryParam(name);
    if (values.size() > 1) {
      throw new RoomException(
          ErrorKind.INVALID,
          "repeated_parameter",
          "The parameter \"" + name + "\" may be given once.");
    }
    return values.stream().filter(value -> !value.isEmpty()).findFirst();
  }

  /** A user id of the path or the query, within its limit. */
  static String userId(String text) {
    if (text.isEmpty() || text.length() > UserTokens.LONGEST_USER_ID) {
      throw new RoomException(
          ErrorKind.INVALID,
          "invalid_user_id",
          "A user id has 1 to " + UserTokens.LONGEST_USER_ID + " characters.");
    }
    return text;
  }

  /** The same of an id that is looked up in the database, which has no text with NUL. */
  static String storedId(String text) {
    String id = userId(text);
    if (id.indexOf('\0') >= 0) {
      throw new RoomException(ErrorKind.INVALID, "invalid_user_id", "An id must not hold NUL.");
    }
    return id;
  }

  /**
   * A text of the query, at most once.
   *
   * @param most characters
   */
  Optional<String> text(String name, int most) {
    Optional<String> text = query(name);
    if (text.filter(value -> value.length() > most || value.indexOf('\0') >= 0).isPresent()) {
      throw new RoomException(
          ErrorKind.INVALID,
          "invalid_parameter",
          "The parameter \"" + name + "\" may have " + most + " characters, and no NUL.");
    }
    return text;
  }

  /** The parameter {@code limit}, 1 to {@code most}; 100 when it is absent. */
  int limit(int most) {
    String text = query("limit").orElse("100");
    int limit = text.matches("\\d{1,6}") ? Integer.parseInt(text) : 0;
    if (limit < 1 || limit > most) {
      throw new RoomException(
          ErrorKind.INVALID, "invalid_limit", "The limit must be 1 to " + most + ".");
    }
    return limit;
  }
}
