package io.growthbus.flags.core;

import static io.growthbus.flags.core.DefinitionsTest.flag;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.growthbus.flags.core.Definitions.Source;
import io.growthbus.flags.core.Definitions.Stored;
import io.growthbus.shared.config.DefinitionReader;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.Definition.Kind;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Segment;
import io.growthbus.shared.message.ScheduledChange;
import io.growthbus.shared.settings.Problems;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class EditsTest {
  private static final Definitions NONE = Definitions.of(List.of());
  private static final Set<Kind> ALL = EnumSet.allOf(Kind.class);

  private static Definition read(Kind kind, String key, String json) {
    Problems problems = new Problems();
    Definition read =
        DefinitionReader.read(kind, json.replace('\'', '"'), key, Surface.CLIENT, problems)
            .orElseThrow();
    assertThat(problems.errors()).isEmpty();
    return read;
  }

  private static Definition flagOf(String key, String json) {
    return read(Kind.FLAG, key, json);
  }

  private static RoomException refusal(Runnable order) {
    return catchThrowableOfType(RoomException.class, order::run);
  }

  private static Definitions with(Definition... definitions) {
    Definitions all = NONE;
    for (Definition definition : definitions) {
      all = all.with(definition, Source.API);
    }
    return all;
  }

  @Test
  void a_new_flag_that_says_nothing_is_off_for_everyone() {
    FlagDefinition flag = (FlagDefinition) flagOf("new", "{}");

    assertThat(flag.enabled()).isFalse();
    assertThat(flag.rolloutPercentage()).isZero();
  }

  @Test
  void everything_that_is_not_there_is_named_at_once_with_its_place() {
    Definition wanted =
        flagOf(
            "f",
            """
            {'holdout': 'none', 'prerequisites': [{'flag': 'gone'}], 'off': 'nothing',
             'rules': [{'key': 'r', 'if': [{'segment': 'nobody'}]}]}
            """);

    RoomException refusal = refusal(() -> Edits.put(NONE, wanted));

    assertThat(refusal.code()).isEqualTo("invalid_field");
    assertThat(refusal.problems())
        .extracting(FieldProblem::pointer)
        .containsExactlyInAnyOrder(
            "/off", "/holdout", "/prerequisites/0/flag", "/rules/0/if/0/segment");
  }

  @Test
  void a_circle_of_prerequisites_is_refused_where_it_would_be_closed() {
    Definitions stored =
        with(
            flagOf("c", "{}"),
            flagOf("b", "{'prerequisites': [{'flag': 'c'}]}"),
            flagOf("a", "{'prerequisites': [{'flag': 'b'}]}"));

    RoomException refusal =
        refusal(() -> Edits.put(stored, flagOf("c", "{'prerequisites': [{'flag': 'a'}]}")));

    assertThat(refusal.problems())
        .extracting(FieldProblem::pointer)
        .containsExactly("/prerequisites");
  }

  @Test
  void what_another_flag_needs_is_not_removed_and_who_needs_it_is_named() {
    Definitions stored =
        with(
            flagOf("base", "{}"),
            read(Kind.SEGMENT, "staff", "{'if': []}"),
            read(Kind.HOLDOUT, "q4", "{'percentage': 5}"),
            flagOf(
                "top",
                """
                {'prerequisites': [{'flag': 'base'}], 'holdout': 'q4',
                 'rules': [{'key': 'r', 'if': [{'segment': 'staff'}]}]}
                """));

    assertThat(List.of(Kind.FLAG, Kind.SEGMENT, Kind.HOLDOUT))
        .allSatisfy(
            kind -> {
              String key =
                  switch (kind) {
                    case FLAG -> "base";
                    case SEGMENT -> "staff";
                    case HOLDOUT -> "q4";
                  };
              RoomException refusal = refusal(() -> Edits.delete(stored, kind, key, Flags.NONE));
              assertThat(refusal.kind()).isEqualTo(ErrorKind.CONFLICT);
              assertThat(refusal.code()).isEqualTo(Edits.word(kind) + "_in_use");
              assertThat(refusal.text()).contains("flag top");
            });
    assertThat(Edits.delete(stored, Kind.FLAG, "top", Flags.NONE).count(Kind.FLAG)).isEqualTo(1);
  }

  @Test
  void a_variant_that_another_flag_waits_for_is_not_taken_away() {
    Definitions stored =
        with(
            flagOf("base", "{'variants': {'x': 1, 'y': 2}, 'on': 'x', 'off': 'y'}"),
            flagOf("top", "{'prerequisites': [{'flag': 'base', 'variants': ['x']}]}"));

    RoomException refusal = refusal(() -> Edits.put(stored, flagOf("base", "{}")));

    assertThat(refusal.code()).isEqualTo("flag_in_use");
    assertThat(refusal.text()).contains("flag top", "/prerequisites/0/variants");
  }

  @Test
  void what_was_wrong_before_does_not_keep_others_from_being_changed() {
    Definitions stored = with(flagOf("broken", "{'prerequisites': [{'flag': 'gone'}]}"));

    assertThat(Edits.put(stored, flagOf("other", "{}")).count(Kind.FLAG)).isEqualTo(2);
  }

  @Test
  void of_a_removed_definition_that_of_the_file_takes_the_place() {
    Definitions stored = with(flag("a", 10), flag("b", 10));

    Definitions after = Edits.delete(stored, Kind.FLAG, "a", Flags.of(List.of(flag("a", 50))));

    assertThat(after.get(Kind.FLAG, "a")).contains(new Stored(flag("a", 50), Source.FILE));
    assertThat(after.get(Kind.FLAG, "b")).contains(new Stored(flag("b", 10), Source.API));
  }

  @Test
  void what_stands_in_the_file_is_removed_there() {
    Definitions stored = NONE.with(flag("a", 1), Source.FILE);

    assertThat(refusal(() -> Edits.delete(stored, Kind.FLAG, "a", Flags.NONE)).code())
        .isEqualTo("flag_in_file");
    assertThat(refusal(() -> Edits.delete(stored, Kind.SEGMENT, "a", Flags.NONE)).code())
        .isEqualTo("unknown_segment");
  }

  @Test
  void there_are_not_more_flags_than_the_limit() {
    Definitions full =
        Definitions.of(
            IntStream.range(0, Edits.MOST)
                .mapToObj(i -> new Stored(flag("f" + i, 100), Source.API))
                .toList());

    assertThat(refusal(() -> Edits.put(full, flag("more", 1))).code()).isEqualTo("too_many_flags");
    assertThat(Edits.put(full, flag("f1", 1)).count(Kind.FLAG)).isEqualTo(Edits.MOST);
  }

  @Test
  void a_document_leaves_alone_the_kinds_that_it_does_not_list_and_what_the_file_holds() {
    Definitions stored =
        with(flag("mine", 1), new Segment("s", List.of()), new Holdout("h", 1))
            .with(flag("of_file", 1), Source.FILE)
            .with(flag("taken", 9), Source.API);
    Flags file = Flags.of(List.of(flag("of_file", 1), flag("taken", 5)));
    Flags written = new Flags(List.of(flag("new", 2)), List.of(), List.of());

    Definitions after = Edits.apply(stored, written, EnumSet.of(Kind.FLAG, Kind.SEGMENT), file);

    assertThat(after.flags().definitions())
        .containsExactly(flag("new", 2), flag("of_file", 1), flag("taken", 5));
    assertThat(after.get(Kind.FLAG, "taken")).map(Stored::source).contains(Source.FILE);
    assertThat(after.flags().segments()).isEmpty();
    assertThat(after.flags().holdouts()).hasSize(1);
    assertThat(Edits.leftAlone(after, written, EnumSet.of(Kind.FLAG)))
        .extracting(Definitions.Ref::key)
        .containsExactly("of_file", "taken");
  }

  @Test
  void what_is_wrong_with_a_document_has_its_place_in_the_document() {
    Flags written =
        new Flags(
            List.of(flag("a", 1), (FlagDefinition) flagOf("b", "{'holdout': 'none'}")),
            List.of(),
            List.of());

    assertThat(refusal(() -> Edits.apply(NONE, written, ALL, Flags.NONE)).problems())
        .extracting(FieldProblem::pointer)
        .containsExactly("/flags/definitions/1/holdout");
  }

  @Property(tries = 200)
  void what_was_exported_changes_nothing_when_it_is_applied_again(
      @ForAll @From("stores") List<Stored> stored) {
    Definitions now = Definitions.of(stored);

    Definitions after = Edits.apply(now, now.flags(), ALL, Flags.NONE);

    assertThat(now.changesTo(after)).isEmpty();
  }

  @Property(tries = 200)
  void a_document_that_is_applied_elsewhere_makes_the_same_of_it(
      @ForAll @From("stores") List<Stored> here, @ForAll @From("stores") List<Stored> there) {
    Flags document = Definitions.of(here).flags();
    Definitions other =
        Definitions.of(
            there.stream().map(each -> new Stored(each.definition(), Source.API)).toList());

    Definitions after = Edits.apply(other, document, ALL, Flags.NONE);

    assertThat(after.flags()).isEqualTo(document);
    assertThat(Edits.apply(after, document, ALL, Flags.NONE)).isEqualTo(after);
  }

  @Provide
  static Arbitrary<List<Stored>> stores() {
    return DefinitionsTest.stores();
  }

  @Test
  void a_scheduled_step_changes_what_it_says_and_nothing_else() {
    Definitions stored = NONE.with(flag("a", 10), Source.FILE);

    Definitions off = Edits.step(stored, "a", new ScheduledChange(1, false, null, null));
    Definitions more = Edits.step(off, "a", new ScheduledChange(2, null, 30.0, null));

    assertThat(more.get(Kind.FLAG, "a"))
        .contains(
            new Stored(new FlagDefinition("a", false, 30, List.of(), Surface.CLIENT), Source.API));
    assertThat(Edits.step(more, "a", new ScheduledChange(3, false, 30.0, null))).isSameAs(more);
    assertThat(Edits.step(more, "gone", new ScheduledChange(3, true, null, null))).isSameAs(more);
  }
}
