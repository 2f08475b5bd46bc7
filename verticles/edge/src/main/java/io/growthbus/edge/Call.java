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
}
