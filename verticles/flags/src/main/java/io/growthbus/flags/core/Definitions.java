package io.growthbus.flags.core;

import io.growthbus.shared.config.FlagForm;
import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.Definition.Kind;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Segment;
import io.growthbus.shared.message.DefinitionItem;
import io.growthbus.shared.message.DefinitionsApplied.Difference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Flags and what they share, each with where it came from; immutable. */
public final class Definitions {
  private final NavigableMap<Ref, Stored> byRef;

  private Definitions(NavigableMap<Ref, Stored> byRef) {
    this.byRef = byRef;
  }

  /** Where a definition came from. */
  public enum Source {
    /** {@code growth.json}; it changes with the file. */
    FILE,
    /** An operator; the file does not touch it. */
    API
  }

  /** A name of a definition; ordered by kind and key. */
  public record Ref(Kind kind, String key) implements Comparable<Ref> {
    static Ref of(Definition definition) {
      return new Ref(definition.kind(), definition.key());
    }

    @Override
    public int compareTo(Ref other) {
      int byKind = kind.compareTo(other.kind);
      return byKind == 0 ? key.compareTo(other.key) : byKind;
    }
  }

  /** A definition and where it came from. */
  public record Stored(Definition definition, Source source) {
    Ref ref() {
      return Ref.of(definition);
    }

    /**
     * The definition as other rooms see it.
     *
     * @param updatedAtMs when it was changed last, ms since the epoch, or null
     */
    public DefinitionItem item(@Nullable Long updatedAtMs) {
      return new DefinitionItem(
          definition.kind(),
          definition.key(),
          FlagForm.text(definition),
          DefinitionItem.Source.valueOf(source.name()),
          updatedAtMs);
    }
  }

  /** A definition that differs; null for none. */
  public record Change(Ref ref, @Nullable Stored before, @Nullable Stored after) {
    /** Whether anybody may get another answer by it, and not only another one owns it. */
    public boolean isMeant() {
      return before == null || after == null || !before.definition().equals(after.definition());
    }

    /** What happened to it in one word: {@code added}, {@code changed} or {@code removed}. */
    public String action() {
      return before == null ? "added" : after == null ? "removed" : "changed";
    }

    /** The change for people, with the names of the fields that differ. */
    public Difference difference() {
      Set<String> fields = new TreeSet<>();
      if (before != null && after != null) {
        Map<String, Object> was = FlagForm.of(before.definition());
        Map<String, Object> becomes = FlagForm.of(after.definition());
        Set<String> all = new TreeSet<>(was.keySet());
        all.addAll(becomes.keySet());
        all.stream()
            .filter(field -> !Objects.equals(was.get(field), becomes.get(field)))
            .forEach(fields::add);
        if (before.source() != after.source()) {
          fields.add("source");
        }
      }
      return new Difference(action(), ref.kind(), ref.key(), List.copyOf(fields));
    }
  }

  /** These definitions; each kind and key once. */
  public static Definitions of(Collection<Stored> stored) {
    NavigableMap<Ref, Stored> byRef = new TreeMap<>();
    stored.forEach(each -> byRef.put(each.ref(), each));
    return new Definitions(byRef);
  }

  /** All of one source. */
  public static Definitions of(Flags flags, Source source) {
    return of(each(flags).map(definition -> new Stored(definition, source)).toList());
  }

  private static Stream<Definition> each(Flags flags) {
    return Stream.of(flags.definitions(), flags.segments(), flags.holdouts())
        .<Definition>flatMap(Collection::stream);
  }

  /** All of them, by kind and key. */
  public Collection<Stored> all() {
    return List.copyOf(byRef.values());
  }

  /** One of them, if it is there. */
  public Optional<Stored> get(Kind kind, String key) {
    return get(new Ref(kind, key));
  }

  /** As {@link #get(Kind, String)}. */
  public Optional<Stored> get(Ref ref) {
    return Optional.ofNullable(byRef.get(ref));
  }

  /** How many of a kind there are. */
  public long count(Kind kind) {
    return byRef.keySet().stream().filter(ref -> ref.kind() == kind).count();
  }

  /** What they say, each kind by key. */
  public Flags flags() {
    return new Flags(each(FlagDefinition.class), each(Segment.class), each(Holdout.class));
  }

  private <T extends Definition> List<T> each(Class<T> type) {
    return byRef.values().stream()
        .map(Stored::definition)
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
  }

  /** These with one more, or another one in its place. */
  public Definitions with(Definition definition, Source source) {
    return with(List.of(new Stored(definition, source)), List.of());
  }

  /** These with more, or others in their place, and without some. */
  public Definitions with(Collection<Stored> more, Collection<Ref> without) {
    NavigableMap<Ref, Stored> changed = new TreeMap<>(byRef);
    more.forEach(each -> changed.put(each.ref(), each));
    without.forEach(changed::remove);
    return new Definitions(changed);
  }

  /** These without one. */
  public Definitions without(Kind kind, String key) {
    return with(List.of(), List.of(new Ref(kind, key)));
  }

  /** What they are when they follow the file; what an operator has defined stays. */
  public Definitions following(Flags file) {
    NavigableMap<Ref, Stored> changed = new TreeMap<>(of(file, Source.FILE).byRef);
    byRef.forEach(
        (ref, stored) -> {
          if (stored.source() == Source.API) {
            changed.put(ref, stored);
          }
        });
    return new Definitions(changed);
  }

  /** These, none of which names a user who is kept out. */
  public Definitions withoutUsers(Predicate<String> keptOut) {
    NavigableMap<Ref, Stored> changed = new TreeMap<>(byRef);
    changed.replaceAll(
        (ref, stored) ->
            new Stored(WithoutErased.of(stored.definition(), keptOut), stored.source()));
    return new Definitions(changed);
  }

  /** What differs afterwards, by kind and key. */
  public List<Change> changesTo(Definitions after) {
    NavigableSet<Ref> refs = new TreeSet<>(byRef.keySet());
    refs.addAll(after.byRef.keySet());
    List<Change> changes = new ArrayList<>();
    for (Ref ref : refs) {
      Stored now = byRef.get(ref);
      Stored then = after.byRef.get(ref);
      if (now == null || !now.equals(then)) {
        changes.add(new Change(ref, now, then));
      }
    }
    return List.copyOf(changes);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Definitions definitions && byRef.equals(definitions.byRef);
  }

  @Override
  public int hashCode() {
    return byRef.hashCode();
  }

  @Override
  public String toString() {
    return Map.copyOf(byRef).toString();
  }
}
