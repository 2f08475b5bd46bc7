package io.growthbus.shared.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.Definition.Kind;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.settings.Problems;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** A definition that is written is read again as it was. */
class DefinitionFormTest {
  private static Definition read(Kind kind, String key, String json) {
    Problems problems = new Problems();
    Definition read =
        DefinitionReader.read(kind, json, key, Surface.CLIENT, problems).orElseThrow();
    assertThat(problems.errors()).isEmpty();
    return read;
  }

  private static List<String> pointers(String json) {
    Problems problems = new Problems();
    assertThat(
            DefinitionReader.read(Kind.FLAG, json.replace('\'', '"'), "f", Surface.CLIENT, problems)
                .filter(read -> problems.isEmpty()))
        .isEmpty();
    return DefinitionReader.fields(problems).stream().map(FieldProblem::pointer).toList();
  }

  @Property(tries = 300)
  void every_flag_comes_back_as_it_was_written(@ForAll("flags") String json) {
    Definition flag = read(Kind.FLAG, "f", json);

    assertThat(read(Kind.FLAG, "f", FlagForm.text(flag))).isEqualTo(flag);
    assertThat(FlagForm.text(read(Kind.FLAG, "f", FlagForm.text(flag))))
        .isEqualTo(FlagForm.text(flag));
  }

  @Provide
  static Arbitrary<String> flags() {
    Arbitrary<String> fields =
        Arbitraries.of(
                Map.entry("enabled", "true"),
                Map.entry("rollout_percentage", "12.345"),
                Map.entry("rollout_percentage", "100"),
                Map.entry("target_users", "[\"u\",\"ü😀\\\"\\\\\"]"),
                Map.entry("evaluation", "\"server\""),
                Map.entry("bucketing", "\"murmur3\""),
                Map.entry("salt", "\"s\""),
                Map.entry("bucket_by", "\"account_id\""),
                Map.entry("split", "{\"on\":0.001,\"off\":33.333}"),
                Map.entry("split", "[{\"variant\":\"on\",\"from\":99.999,\"to\":100}]"),
                Map.entry("targets", "[{\"variant\":\"off\",\"users\":[\"a\"]}]"),
                Map.entry("prerequisites", "[{\"flag\":\"g\",\"variants\":[\"on\",\"x\"]}]"),
                Map.entry("holdout", "\"h\""),
                Map.entry(
                    "rules",
                    "[{\"key\":\"r\",\"if\":[{\"segment\":\"s\",\"not\":true},{\"attribute\":\"n\",\"operator\":\"gt\",\"values\":[1e30]}],\"rollout_percentage\":0.5}]"),
                Map.entry(
                    "rules",
                    "[{\"key\":\"r\",\"split\":{\"on\":50},\"if\":[{\"attribute\":\"a\",\"values\":[1,2.0,true,\"x\"]},{\"attribute\":\"b\",\"operator\":\"exists\"}]}]"))
            .list()
            .uniqueElements(Map.Entry::getKey)
            .ofMaxSize(8)
            .map(
                entries ->
                    entries.stream()
                        .map(entry -> "\"" + entry.getKey() + "\":" + entry.getValue())
                        .collect(Collectors.joining(",")));
    Arbitrary<String> variants =
        Arbitraries.of(
            "",
            "\"variants\":{\"b\":1,\"a\":2.5},\"on\":\"b\",\"off\":\"a\"",
            "\"variants\":{\"z\":{\"x\":[1,null,1e3]},\"y\":[]},\"on\":\"z\",\"off\":\"y\"");
    return Combinators.combine(fields, variants)
        .as(
            (some, more) ->
                "{" + some + (some.isEmpty() || more.isEmpty() ? "" : ",") + more + "}");
  }

  @Test
  void segments_and_holdouts_come_back_too() {
    Definition segment =
        read(Kind.SEGMENT, "s", "{\"if\":[{\"attribute\":\"a\",\"values\":[\"x\"]}]}");
    Definition holdout = read(Kind.HOLDOUT, "h", "{\"percentage\":0.1}");

    assertThat(read(Kind.SEGMENT, "s", FlagForm.text(segment))).isEqualTo(segment);
    assertThat(read(Kind.HOLDOUT, "h", FlagForm.text(holdout))).isEqualTo(holdout);
  }

  @Test
  void a_flag_that_does_not_say_where_is_evaluated_where_the_file_says() {
    Problems problems = new Problems();
    FlagDefinition flag =
        (FlagDefinition)
            DefinitionReader.read(Kind.FLAG, "{}", "f", Surface.SERVER, problems).orElseThrow();

    assertThat(flag.surface()).isEqualTo(Surface.SERVER);
    assertThat(flag.enabled()).isFalse();
    assertThat(flag.rolloutPercentage()).isZero();
  }

  @Test
  void what_no_store_takes_is_refused_where_it_is_written() {
    assertThat(pointers("{'target_users':['a\\u0000']}")).containsExactly("/");
    assertThat(pointers("{'salt':'\\ud800'}")).containsExactly("/");
    assertThat(
            pointers(
                "{'variants':{'a':"
                    + "[".repeat(20)
                    + "1"
                    + "]".repeat(20)
                    + "},'on':'a','off':'a'}"))
        .containsExactly("/variants");
    assertThat(pointers("{'enabled':true,'enabled':true}")).containsExactly("/");
    assertThat(pointers("[]")).containsExactly("/");
  }

  @Test
  void nothing_that_the_caller_wrote_is_shown_unless_it_is_harmless() {
    assertThat(pointers("{'<b>':1,'key':'other'}")).containsExactly("/key", "/?b?");
  }

  @Test
  void a_document_says_which_lists_it_holds_and_what_it_leaves_to_the_file() {
    Problems problems = new Problems();
    DefinitionReader.Document document =
        DefinitionReader.document(
                "{\"meters\":[],\"flags\":{\"evaluator\":\"server\",\"definitions\":[{\"key\":\"a\"}],\"holdouts\":[]}}",
                problems)
            .orElseThrow();

    assertThat(problems.errors()).isEmpty();
    assertThat(document.kinds()).containsExactlyInAnyOrder(Kind.FLAG, Kind.HOLDOUT);
    assertThat(document.others()).containsExactly("meters");
    assertThat(document.flags().definitions().get(0).surface()).isEqualTo(Surface.SERVER);

    DefinitionReader.document(
        "{\"flags\":{\"definitions\":[{\"key\":\"a\"},{\"key\":\"a\"}]},\"x\":1}", problems);
    assertThat(DefinitionReader.fields(problems))
        .extracting(FieldProblem::pointer)
        .containsExactlyInAnyOrder("/flags/definitions/1", "/x");
  }
}
