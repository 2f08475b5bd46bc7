package io.growthbus.ingest.core;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was said about the consent of a user, by purpose. A purpose that is not named is one about
 * which nothing was said.
 *
 * @param purposes unmodifiable
 */
public record ConsentStatement(SortedMap<String, State> purposes) {
  /** Most purposes that one statement may name. */
  public static final int MOST_PURPOSES = 32;

  /** Nothing was said. */
  public static final ConsentStatement NONE = new ConsentStatement(new TreeMap<>());

  /** What was said about a purpose, strictest first. */
  public enum State {
    /** The user has refused. */
    DENIED,
    /** The user was not asked, or has not answered. */
    PENDING,
    /** The user has agreed. */
    GRANTED;

    private static Optional<State> strictestOf(Collection<State> states) {
      return states.stream().min(Comparator.naturalOrder());
    }
  }

  public ConsentStatement(SortedMap<String, State> purposes) {
    this.purposes = Collections.unmodifiableSortedMap(new TreeMap<>(purposes));
  }

  /** Both statements in one: about each purpose the strictest of what was said. */
  public ConsentStatement and(ConsentStatement other) {
    TreeMap<String, State> both = new TreeMap<>(purposes);
    other.purposes.forEach(
        (purpose, state) ->
            both.merge(purpose, state, (one, two) -> one.compareTo(two) <= 0 ? one : two));
    return new ConsentStatement(both);
  }

  /**
   * Whether an event may be stored.
   *
   * @param purpose the purpose that decides; where it is not named, the strictest of all that is
   * @param required whether a pending consent is none
   */
  public boolean permits(String purpose, boolean required) {
    State decisive =
        Optional.ofNullable(purposes.get(purpose))
            .or(() -> State.strictestOf(purposes.values()))
            .orElse(State.PENDING);
    return decisive == State.GRANTED || (decisive == State.PENDING && !required);
  }

  /** Whether nothing was said. */
  public boolean isEmpty() {
    return purposes.isEmpty();
  }

  /** A statement about one purpose. */
  public static ConsentStatement of(String purpose, State state) {
    return new ConsentStatement(new TreeMap<>(Map.of(purpose, state)));
  }
}
