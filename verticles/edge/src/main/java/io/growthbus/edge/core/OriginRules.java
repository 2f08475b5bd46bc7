package io.growthbus.edge.core;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which pages may call. An absent origin is a server or a same-origin request; a present one must
 * be the node's own or in the list, letter by letter.
 *
 * @param allowed exact origins
 * @param openMode whether the node is open: then the host must be a loopback name too, so that a
 *     foreign name that was made to point here (DNS rebinding) opens nothing
 */
public record OriginRules(List<String> allowed, boolean openMode) {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  /**
   * Whether a request may pass.
   *
   * @param origin header {@code Origin}, or null
   * @param host header {@code Host}, or null
   */
  public boolean permits(@Nullable String origin, @Nullable String host) {
    if (openMode && (host == null || !LOOPBACK.contains(nameOf(host)))) {
      return false;
    }
    return origin == null || isSameOrigin(origin, host) || allowed.contains(origin);
  }

  /** Whether the origin needs CORS headers: present, permitted, and not the node itself. */
  public boolean isCrossOrigin(@Nullable String origin, @Nullable String host) {
    return origin != null && !isSameOrigin(origin, host);
  }

  private static boolean isSameOrigin(String origin, @Nullable String host) {
    return host != null && (origin.equals("http://" + host) || origin.equals("https://" + host));
  }

  private static String nameOf(String host) {
    int colon = host.lastIndexOf(':');
    return colon < 0 || host.endsWith("]") ? host : host.substring(0, colon);
  }
}
