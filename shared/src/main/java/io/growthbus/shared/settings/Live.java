package io.growthbus.shared.settings;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * A value that can be replaced while the node runs; holders read it anew for each use.
 *
 * <p>Only values that have passed their checks are ever set.
 */
public final class Live<T> {
  private final List<Consumer<T>> listeners = new CopyOnWriteArrayList<>();
  private volatile T value;

  public Live(T initial) {
    this.value = initial;
  }

  /** The value as it is now. */
  public T get() {
    return value;
  }

  /** Replaces the value and tells every listener, on the calling thread. */
  public void set(T next) {
    value = next;
    listeners.forEach(listener -> listener.accept(next));
  }

  /** Hears every later replacement. */
  public void onChange(Consumer<T> listener) {
    listeners.add(listener);
  }
}
