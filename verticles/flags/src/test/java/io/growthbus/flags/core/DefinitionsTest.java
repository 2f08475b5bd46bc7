package io.growthbus.flags.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.flags.core.Definitions.Change;
import io.growthbus.flags.core.Definitions.Source;
import io.growthbus.flags.core.Definitions.Stored;
import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Segment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class DefinitionsTest {
  static FlagDefinition flag(String key, double rollout) {
    return new FlagDefinition(key, true, rollout, List.of(), Surface.CLIENT);
  }

  private static Definitions file(FlagDefinition... flags) {
    return Definitions.of(Flags.of(List.of(flags)), Source.FILE);
  }

  @Test
  void nothing_changes_when_the_file_says_what_is_stored() {
    Definitions stored = file(flag("a", 1), flag("b", 2));

    assertThat(stored.changesTo(stored.following(Flags.of(List.of(flag("b", 2), flag("a", 1))))))
        .isEmpty();
  }

  @Test
  void new_changed_and_absent_definitions_are_found_sorted_by_key() {
    Definitions stored = file(flag("z", 1), flag("c", 1), flag("b", 1), flag("y", 1));

    List<Change> changes =
        stored.changesTo(
            stored.following(Flags.of(List.of(flag("c", 9), flag("a", 1), flag("b", 1)))));

    assertThat(changes)
        .extracting(change -> change.action() + " " + change.ref().key())
        .containsExactly("added a", "changed c", "removed y", "removed z");
  }

  @Test
  void every_component_of_a_definition_counts_and_is_named() {
    FlagDefinition stored = new FlagDefinition("a", true, 50, List.of("u"), Surface.CLIENT);
    List<FlagDefinition> others =
        List.of(
            new FlagDefinition("a", false, 50, List.of("u"), Surface.CLIENT),
            new FlagDefinition("a", true, 50.5, List.of("u"), Surface.CLIENT),
            new FlagDefinition("a", true, 50, List.of("u", "v"), Surface.CLIENT),
            new FlagDefinition("a", true, 50, List.of("u"), Surface.SERVER));

    assertThat(others)
        .flatExtracting(other -> file(stored).changesTo(file(other)).get(0).difference().fields())
        .containsExactly("enabled", "rollout_percentage", "target_users", "evaluation");
  }

  @Test
  void another_owner_alone_is_a_change_that_changes_no_answer() {
    Definitions stored = file(flag("a", 1));

    List<Change> changes = stored.changesTo(stored.with(flag("a", 1), Source.API));

    assertThat(changes).singleElement().matches(change -> !change.isMeant());
    assertThat(changes.get(0).difference().fields()).containsExactly("source");
  }

  @Property(tries = 300)
  void after_the_change_the_file_holds_and_operators_edits_stay(
      @ForAll("stores") List<Stored> stored, @ForAll("files") Flags file) {
    Definitions before = Definitions.of(stored);
    Definitions after = before.following(file);

    assertThat(after.changesTo(after.following(file))).isEmpty();
    for (Stored each : stored) {
      if (each.source() == Source.API) {
        assertThat(after.all()).contains(each);
      }
    }
    for (Stored each : Definitions.of(file, Source.FILE).all()) {
      Definition wanted = each.definition();
      Stored now = after.get(wanted.kind(), wanted.key()).orElseThrow();
      assertThat(now.source() == Source.API || now.equals(each)).isTrue();
    }
    assertThat(after.all())
        .allMatch(
            each ->
                each.source() == Source.API
                    || Definitions.of(file, Source.FILE).all().contains(each));
  }

  @Property(tries = 300)
  void whoever_makes_the_changes_that_are_found_has_the_other_definitions(
      @ForAll("stores") List<Stored> first, @ForAll("stores") List<Stored> second) {
    Definitions before = Definitions.of(first);
    Definitions after = Definitions.of(second);

    Definitions made = before;
    for (Change change : before.changesTo(after)) {
      Stored then = change.after();
      made =
          then == null
              ? made.without(change.ref().kind(), change.ref().key())
              : made.with(then.definition(), then.source());
    }

    assertThat(made).isEqualTo(after);
    assertThat(before.changesTo(before)).isEmpty();
  }

  @Property(tries = 100)
  void the_order_of_what_is_stored_does_not_matter(
      @ForAll("stores") List<Stored> stored, @ForAll("files") Flags file, @ForAll Random random) {
    List<Stored> other = new ArrayList<>(stored);
    Collections.shuffle(other, random);

    assertThat(Definitions.of(other).following(file))
        .isEqualTo(Definitions.of(stored).following(file));
    assertThat(Definitions.of(other).flags()).isEqualTo(Definitions.of(stored).flags());
  }

  @Provide
  static Arbitrary<Flags> files() {
    return definitions()
        .list()
        .uniqueElements(DefinitionsTest::name)
        .ofMaxSize(6)
        .map(
            all ->
                Definitions.of(all.stream().map(each -> new Stored(each, Source.FILE)).toList())
                    .flags());
  }

  @Provide
  static Arbitrary<List<Stored>> stores() {
    return Combinators.combine(definitions(), Arbitraries.of(Source.class))
        .as(Stored::new)
        .list()
        .uniqueElements(stored -> name(stored.definition()))
        .ofMaxSize(6);
  }

  private static String name(Definition definition) {
    return definition.kind() + definition.key();
  }

  private static Arbitrary<Definition> definitions() {
    return Combinators.combine(
            Arbitraries.of(Definition.Kind.class),
            Arbitraries.of("a", "b", "c", "d"),
            Arbitraries.integers().between(0, 2))
        .as(
            (kind, key, number) ->
                switch (kind) {
                  case FLAG -> flag(key, number);
                  case SEGMENT -> new Segment(key, List.of());
                  case HOLDOUT -> new Holdout(key, number);
                });
  }
}
