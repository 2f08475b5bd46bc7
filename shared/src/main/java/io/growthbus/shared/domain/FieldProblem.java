package io.growthbus.shared.domain;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A field of a request that is wrong.
 *
 * @param pointer JSON pointer into the body; what the caller wrote in it is made harmless to show
 * @param detail what to send instead, in words that follow the name of the field
 */
public record FieldProblem(String pointer, String detail) {
  private static final int LONGEST_STEP = 64;
  private static final int MOST_STEPS = 32;

  public FieldProblem {
    pointer =
        Arrays.stream(pointer.split("/", -1))
            .limit(MOST_STEPS)
            .map(FieldProblem::harmless)
            .collect(Collectors.joining("/"));
    detail = detail.replaceAll("\\p{Cntrl}", "?");
  }

  /** The problem in words. */
  public String text() {
    return pointer + " " + detail + ".";
  }

  private static String harmless(String step) {
    String cut = step.length() > LONGEST_STEP ? step.substring(0, LONGEST_STEP) : step;
    return cut.replaceAll("[^A-Za-z0-9_.:$~ -]", "?");
  }
}
