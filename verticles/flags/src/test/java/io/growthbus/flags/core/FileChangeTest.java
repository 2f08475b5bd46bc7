package io.growthbus.flags.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.flags.core.FileChange.Source;
import io.growthbus.flags.core.FileChange.Stored;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class FileChangeTest {
  private static FlagDefinition flag(String key, double rollout) {
    return new FlagDefinition(key, true, rollout, List.of(), Surface.CLIENT);
  }

  private static Stored file(FlagDefinition definition) {
    return new Stored(definition, Source.FILE);
  }

  private static Stored api(FlagDefinition definition) {
    return new Stored(definition, Source.API);
  }

  @Test
  void nothing_changes_when_the_file_says_what_is_stored() {
    FileChange change =
        FileChange.between(
            List.of(file(flag("a", 1)), file(flag("b", 2))), List.of(flag("b", 2), flag("a", 1)));

    assertThat(change.isEmpty()).isTrue();
  }

  @Test
  void new_and_changed_definitions_are_put_and_absent_ones_removed_each_sorted_by_key() {
    FileChange change =
        FileChange.between(
            List.of(file(flag("z", 1)), file(flag("c", 1)), file(flag("b", 1)), file(flag("y", 1))),
            List.of(flag("c", 9), flag("a", 1), flag("b", 1)));

    assertThat(change.put()).containsExactly(flag("a", 1), flag("c", 9));
    assertThat(change.remove()).containsExactly("y", "z");
    assertThat(change.isEmpty()).isFalse();
  }

  @Test
  void every_component_of_a_definition_counts_as_a_change() {
    FlagDefinition stored = new FlagDefinition("a", true, 50, List.of("u"), Surface.CLIENT);

    for (FlagDefinition other :
        List.of(
            new FlagDefinition("a", false, 50, List.of("u"), Surface.CLIENT),
            new FlagDefinition("a", true, 50.5, List.of("u"), Surface.CLIENT),
            new FlagDefinition("a", true, 50, List.of("u", "v"), Surface.CLIENT),
            new FlagDefinition("a", true, 50, List.of("u"), Surface.SERVER))) {
      assertThat(FileChange.between(List.of(file(stored)), List.of(other)).put())
          .containsExactly(other);
    }
  }

  @Test
  void a_definition_that_an_operator_has_edited_is_neither_replaced_nor_removed() {
    assertThat(FileChange.between(List.of(api(flag("a", 1))), List.of(flag("a", 9))).isEmpty())
        .isTrue();
    assertThat(FileChange.between(List.of(api(flag("a", 1))), List.of()).isEmpty()).isTrue();
  }

  @Property(tries = 300)
  void after_the_change_the_file_holds_and_operators_edits_stay(
      @ForAll("stores") List<Stored> stored, @ForAll("files") List<FlagDefinition> file) {
    List<Stored> after = apply(FileChange.between(stored, file), stored);

    assertThat(FileChange.between(after, file).isEmpty()).isTrue();
    assertThat(after).containsAll(stored.stream().filter(s -> s.source() == Source.API).toList());
    for (FlagDefinition definition : file) {
      assertThat(after)
          .anyMatch(s -> s.definition().equals(definition) || isEdited(s, definition.key()));
    }
    assertThat(after).allMatch(s -> s.source() == Source.API || file.contains(s.definition()));
  }

  @Property(tries = 100)
  void the_order_of_what_is_stored_and_of_the_file_does_not_matter(
      @ForAll("stores") List<Stored> stored,
      @ForAll("files") List<FlagDefinition> file,
      @ForAll Random random) {
    List<Stored> otherStored = new ArrayList<>(stored);
    List<FlagDefinition> otherFile = new ArrayList<>(file);
    Collections.shuffle(otherStored, random);
    Collections.shuffle(otherFile, random);

    assertThat(FileChange.between(otherStored, otherFile))
        .isEqualTo(FileChange.between(stored, file));
  }

  private static boolean isEdited(Stored stored, String key) {
    return stored.source() == Source.API && stored.definition().key().equals(key);
  }

  private static List<Stored> apply(FileChange change, List<Stored> stored) {
    Map<String, Stored> byKey = new LinkedHashMap<>();
    stored.forEach(s -> byKey.put(s.definition().key(), s));
    change.remove().forEach(byKey::remove);
    change.put().forEach(d -> byKey.put(d.key(), file(d)));
    return List.copyOf(byKey.values());
  }

  @Provide
  static Arbitrary<List<FlagDefinition>> files() {
    return definitions().list().uniqueElements(FlagDefinition::key).ofMaxSize(5);
  }

  @Provide
  static Arbitrary<List<Stored>> stores() {
    return Combinators.combine(definitions(), Arbitraries.of(Source.class))
        .as(Stored::new)
        .list()
        .uniqueElements(s -> s.definition().key())
        .ofMaxSize(5);
  }

  private static Arbitrary<FlagDefinition> definitions() {
    return Combinators.combine(
            Arbitraries.of("a", "b", "c", "d", "e", "f"), Arbitraries.integers().between(0, 2))
        .as((key, rollout) -> flag(key, rollout));
  }
}
