package io.growthbus.edge.socket;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The open sockets of this node, and which user each belongs to. The cluster never learns of them:
 * every node hears every prompt once and looks here.
 *
 * <p>Lives on one event loop; not thread-safe.
 */
final class SocketRegistry {
  /** Most users have one page open. */
  private static final int USUAL = 1;

  private final Set<SocketSession> all = new LinkedHashSet<>();
  private final Map<String, Deque<SocketSession>> byUser = new HashMap<>();
  private final Map<String, Integer> byAddress = new HashMap<>();

  int size() {
    return all.size();
  }

  /** How many come from an address. */
  int ofAddress(String address) {
    return byAddress.getOrDefault(address, 0);
  }

  void add(SocketSession session) {
    all.add(session);
    byAddress.merge(session.address(), 1, Integer::sum);
  }

  /**
   * Notes whose socket it is.
   *
   * @param most sockets that a user may have
   * @return sockets that are too many now, oldest first
   */
  List<SocketSession> assign(SocketSession session, String userId, int most) {
    Deque<SocketSession> own = byUser.computeIfAbsent(userId, user -> new ArrayDeque<>(USUAL));
    own.add(session);
    List<SocketSession> excess = new ArrayList<>();
    while (own.size() > most) {
      excess.add(own.removeFirst());
    }
    return excess;
  }

  void remove(SocketSession session) {
    if (!all.remove(session)) {
      return;
    }
    byAddress.computeIfPresent(session.address(), (key, count) -> count == 1 ? null : count - 1);
    session
        .userId()
        .ifPresent(
            user ->
                byUser.computeIfPresent(
                    user,
                    (key, own) -> {
                      own.remove(session);
                      return own.isEmpty() ? null : own;
                    }));
  }

  /** The sockets of a user, a copy. */
  List<SocketSession> ofUser(String userId) {
    Deque<SocketSession> own = byUser.get(userId);
    return own == null ? List.of() : List.copyOf(own);
  }

  /** All sockets, a copy. */
  List<SocketSession> all() {
    return List.copyOf(all);
  }
}
