package io.growthbus.bench.ingest;

import java.util.ArrayList;
import java.util.List;

/** What must be true of a run; a figure whose check fails is worth nothing. */
final class Checks {
  private final List<String> failed = new ArrayList<>();
  private int made;

  void expect(boolean holds, String otherwise) {
    made++;
    if (!holds) {
      failed.add(otherwise);
      System.out.println("  CHECK FAILED: " + otherwise);
    }
  }

  int made() {
    return made;
  }

  List<String> failed() {
    return List.copyOf(failed);
  }
}
