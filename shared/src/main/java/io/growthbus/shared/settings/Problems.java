package io.growthbus.shared.settings;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects everything that is wrong with a configuration, so that an operator sees all of it at
 * once, and the warnings beside it. In the order in which they were noted, each once.
 */
public final class Problems {
  private final Set<Problem> errors = new LinkedHashSet<>();
  private final Set<String> warnings = new LinkedHashSet<>();

  /**
   * An error.
   *
   * @param where setting name or file and JSON pointer
   * @param what what is wrong and what to write instead
   */
  public record Problem(String where, String what) {}

  /**
   * Notes an error.
   *
   * @param where setting name or file and JSON pointer
   * @param what what is wrong and what to write instead
   */
  public void error(String where, String what) {
    errors.add(new Problem(where, what));
  }

  /** Notes something doubtful that does not prevent a start. */
  public void warning(String where, String what) {
    warnings.add(where + ": " + what);
  }

  public List<String> errors() {
    return errors.stream().map(error -> error.where() + ": " + error.what()).toList();
  }

  /** The errors, each with its place apart from what is wrong. */
  public List<Problem> details() {
    return List.copyOf(errors);
  }

  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  public boolean isEmpty() {
    return errors.isEmpty();
  }

  /** The known word nearest to a mistyped one, as {@code ; did you mean "x"?}, or nothing. */
  public static String didYouMean(String word, Collection<String> known) {
    String nearest = nearest(word, known);
    return nearest == null ? "" : "; did you mean \"" + nearest + "\"?";
  }

  private static @Nullable String nearest(String word, Collection<String> known) {
    String best = null;
    int bestDistance = Math.max(2, word.length() / 3) + 1;
    for (String candidate : known) {
      int distance = distance(word.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return best;
  }

  /** Levenshtein distance, two rows. */
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substitution, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
