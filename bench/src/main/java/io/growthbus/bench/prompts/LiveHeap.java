package io.growthbus.bench.prompts;

import io.growthbus.bench.ingest.ChildProcess;
import io.growthbus.bench.nodes.Java;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What lives in the heap of a process: all objects that can be reached.
 *
 * @param bytesByClass bytes of the objects of each class
 */
record LiveHeap(Map<String, Long> bytesByClass) {
  private static final int SHOWN = 20;
  private static final int COLUMNS = 4;

  /** Looks, which makes the collector run before. */
  static LiveHeap of(ChildProcess process) throws IOException {
    Process jcmd =
        new ProcessBuilder(
                Java.tool("jcmd"), String.valueOf(process.handle().pid()), "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    Map<String, Long> bytes = new HashMap<>();
    try (var lines = jcmd.inputReader()) {
      // Rank, objects, bytes, class, and its module behind.
      lines
          .lines()
          .map(line -> List.of(line.strip().split("\\s+")))
          .filter(words -> words.size() >= COLUMNS && words.get(0).matches("\\d+:"))
          .forEach(words -> bytes.merge(words.get(3), Long.parseLong(words.get(2)), Long::sum));
    }
    if (bytes.isEmpty()) {
      throw new IOException("jcmd does not say what is in the heap");
    }
    return new LiveHeap(bytes);
  }

  /** Bytes of all of it. */
  long bytes() {
    return bytesByClass.values().stream().mapToLong(bytes -> bytes).sum();
  }

  /** What came after another look, over a number of things that came; the largest first. */
  Map<String, Double> since(LiveHeap before, int things) {
    Map<String, Double> grown = new LinkedHashMap<>();
    bytesByClass.entrySet().stream()
        .map(
            now ->
                Map.entry(
                    now.getKey(),
                    (double) (now.getValue() - before.bytesByClass.getOrDefault(now.getKey(), 0L))
                        / things))
        .sorted(Collections.reverseOrder(Map.Entry.comparingByValue()))
        .limit(SHOWN)
        .forEach(largest -> grown.put(largest.getKey(), largest.getValue()));
    return grown;
  }
}
