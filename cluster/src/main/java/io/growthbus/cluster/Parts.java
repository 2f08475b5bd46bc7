package io.growthbus.cluster;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node has started, in the order in which it is stopped the other way round. */
final class Parts {
  private static final Logger LOG = LoggerFactory.getLogger(Parts.class);

  private final List<Part> started = new ArrayList<>();

  /** Something that was started. */
  private record Part(String name, Stop stop) {}

  /** How a part is stopped. */
  interface Stop {
    void run() throws Exception;
  }

  /** Adds a part that is stopped before all others so far. */
  synchronized void push(String name, Stop stop) {
    started.add(new Part(name, stop));
  }

  /** Adds a part that is stopped right after another one; the name is that of the other. */
  synchronized void insertBelow(String above, String name, Stop stop) {
    started.add(Math.max(0, index(above)), new Part(name, stop));
  }

  /** Has a part stopped in another way, because something else has taken its place. */
  synchronized void replace(String name, Stop stop) {
    started.set(index(name), new Part(name, stop));
  }

  private int index(String name) {
    for (int i = 0; i < started.size(); i++) {
      if (started.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  /** Stops all; one that fails to stop is logged and passed over. */
  synchronized void stop() {
    while (!started.isEmpty()) {
      Part part = started.remove(started.size() - 1);
      try {
        part.stop().run();
      } catch (Exception e) {
        LOG.warn("{} did not stop cleanly", part.name(), e);
      }
    }
  }
}
