package io.growthbus.flags.core;

import io.growthbus.shared.flags.FlagDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What has to change so that the stored definitions follow the file. Definitions that an operator
 * has edited are left alone.
 *
 * @param put definitions to insert or replace, sorted by key
 * @param remove keys to delete, sorted
 */
public record FileChange(List<FlagDefinition> put, List<String> remove) {

  /** Where a stored definition came from. */
  public enum Source {
    FILE,
    API
  }

  /** A stored definition. */
  public record Stored(FlagDefinition definition, Source source) {}

  /** The change that leads from what is stored to what the file says. */
  public static FileChange between(List<Stored> stored, List<FlagDefinition> file) {
    Map<String, Stored> byKey = new TreeMap<>();
    stored.forEach(s -> byKey.put(s.definition().key(), s));
    Map<String, FlagDefinition> wanted = new TreeMap<>();
    file.forEach(d -> wanted.put(d.key(), d));
    List<FlagDefinition> put = new ArrayList<>();
    wanted.forEach(
        (key, definition) -> {
          Stored now = byKey.get(key);
          if (now == null
              || (now.source() == Source.FILE && !now.definition().equals(definition))) {
            put.add(definition);
          }
        });
    List<String> remove =
        byKey.values().stream()
            .filter(s -> s.source() == Source.FILE && !wanted.containsKey(s.definition().key()))
            .map(s -> s.definition().key())
            .toList();
    return new FileChange(List.copyOf(put), remove);
  }

  public boolean isEmpty() {
    return put.isEmpty() && remove.isEmpty();
  }
}
