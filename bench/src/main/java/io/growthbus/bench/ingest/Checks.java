package io.growthbus.bench.ingest;

import java.util.ArrayList;
import java.util.List;

/** What must be true of a run; a figure whose check fails is worth nothing. */
public final class Checks {
  private final List<String> failed = new ArrayList<>();
  private int made;

  /** Notes whether something holds; says at once when it does not. */
  public void expect(boolean holds, String otherwise) {
    made++;
    if (!holds) {
      failed.add(otherwise);
      System.out.println("  CHECK FAILED: " + otherwise);
    }
  }

  public int made() {
    return made;
  }

  public List<String> failed() {
    return List.copyOf(failed);
  }
}
