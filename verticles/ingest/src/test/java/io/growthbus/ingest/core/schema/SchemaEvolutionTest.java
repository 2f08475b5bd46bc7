package io.growthbus.ingest.core.schema;

import static io.growthbus.ingest.core.schema.SomeSchemas.schema;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.growthbus.ingest.core.schema.SchemaEvolution.Finding;
import io.growthbus.ingest.core.schema.SchemaEvolution.Step;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SchemaEvolutionTest {
  static Stream<Arguments> changes() {
    return Stream.of(
        arguments(
            "nothing changed",
            "{'properties':{'a':{'type':'string'}}}",
            "{'properties':{'a':{'type':'string'}}}",
            Step.NONE,
            ""),
        arguments(
            "words for humans",
            "{'properties':{'a':{'type':'string'}}}",
            "{'title':'A','properties':{'a':{'type':'string','description':'x','format':'email'}}}",
            Step.NONE,
            ""),
        arguments(
            "an optional property",
            "{'properties':{'a':{'type':'string'}}}",
            "{'properties':{'a':{'type':'string'},'b':{'type':'number'}}}",
            Step.ADDITION,
            "/properties/b"),
        arguments(
            "an optional property of a nested object",
            "{'properties':{'o':{'properties':{'a':{}}}}}",
            "{'properties':{'o':{'properties':{'a':{},'b':{'type':'null'}}}}}",
            Step.ADDITION,
            "/properties/o/properties/b"),
        arguments(
            "an optional property of an array's objects",
            "{'properties':{'l':{'items':{'properties':{'a':{}}}}}}",
            "{'properties':{'l':{'items':{'properties':{'a':{},'b':{'type':'null'}}}}}}",
            Step.ADDITION,
            "/properties/l/items/properties/b"),
        arguments(
            "a property that an open contract let through",
            "{'properties':{},'additionalProperties':true}",
            "{'properties':{'b':{'type':'number'}},'additionalProperties':true}",
            Step.BREAKING,
            "/properties/b/type"),
        arguments(
            "a required property",
            "{'properties':{'a':{}}}",
            "{'properties':{'a':{},'b':{}},'required':['b']}",
            Step.BREAKING,
            "/required/0"),
        arguments(
            "an optional property becomes required",
            "{'properties':{'a':{}}}",
            "{'properties':{'a':{}},'required':['a']}",
            Step.BREAKING,
            "/required/0"),
        arguments(
            "a required property becomes optional",
            "{'properties':{'a':{}},'required':['a']}",
            "{'properties':{'a':{}}}",
            Step.WIDENING,
            "/required"),
        arguments(
            "a property is gone",
            "{'properties':{'a':{'type':'string'},'b':{}}}",
            "{'properties':{'b':{}}}",
            Step.BREAKING,
            "/properties/a"),
        arguments(
            "a wider type",
            "{'properties':{'a':{'type':'integer'}}}",
            "{'properties':{'a':{'type':'number'}}}",
            Step.WIDENING,
            "/properties/a/type"),
        arguments(
            "a narrower type",
            "{'properties':{'a':{'type':'number'}}}",
            "{'properties':{'a':{'type':'integer'}}}",
            Step.BREAKING,
            "/properties/a/type"),
        arguments(
            "null as well",
            "{'properties':{'a':{'type':'string'}}}",
            "{'properties':{'a':{'type':['string','null']}}}",
            Step.WIDENING,
            "/properties/a/type"),
        arguments(
            "null no longer",
            "{'properties':{'a':{'type':['string','null']}}}",
            "{'properties':{'a':{'type':'string'}}}",
            Step.BREAKING,
            "/properties/a/type"),
        arguments(
            "a type where there was none",
            "{'properties':{'a':{}}}",
            "{'properties':{'a':{'type':'string'}}}",
            Step.BREAKING,
            "/properties/a/type"),
        arguments(
            "a type that the values had",
            "{'properties':{'a':{'enum':['x']}}}",
            "{'properties':{'a':{'enum':['x'],'type':'string'}}}",
            Step.WIDENING,
            "/properties/a/type"),
        arguments(
            "another value",
            "{'properties':{'a':{'enum':['x']}}}",
            "{'properties':{'a':{'enum':['x','y']}}}",
            Step.WIDENING,
            "/properties/a/enum"),
        arguments(
            "a value less",
            "{'properties':{'a':{'enum':['x','y']}}}",
            "{'properties':{'a':{'enum':['x']}}}",
            Step.BREAKING,
            "/properties/a/enum"),
        arguments(
            "a constant among values",
            "{'properties':{'a':{'const':1}}}",
            "{'properties':{'a':{'enum':[1.0,2]}}}",
            Step.WIDENING,
            "/properties/a/const"),
        arguments(
            "values where any were",
            "{'properties':{'a':{'type':'string'}}}",
            "{'properties':{'a':{'type':'string','enum':['x']}}}",
            Step.BREAKING,
            "/properties/a/enum"),
        arguments(
            "a lower minimum",
            "{'properties':{'a':{'minimum':2}}}",
            "{'properties':{'a':{'minimum':1}}}",
            Step.WIDENING,
            "/properties/a/minimum"),
        arguments(
            "a higher minimum",
            "{'properties':{'a':{'minimum':1}}}",
            "{'properties':{'a':{'minimum':2}}}",
            Step.BREAKING,
            "/properties/a/minimum"),
        arguments(
            "an inclusive bound for an exclusive one",
            "{'properties':{'a':{'exclusiveMaximum':1}}}",
            "{'properties':{'a':{'maximum':1}}}",
            Step.WIDENING,
            "/properties/a/exclusiveMaximum"),
        arguments(
            "an exclusive bound for an inclusive one",
            "{'properties':{'a':{'maximum':1}}}",
            "{'properties':{'a':{'exclusiveMaximum':1}}}",
            Step.BREAKING,
            "/properties/a/exclusiveMaximum"),
        arguments(
            "a bound on numbers for a text",
            "{'properties':{'a':{'type':'string'}}}",
            "{'properties':{'a':{'type':'string','minimum':1}}}",
            Step.NONE,
            ""),
        arguments(
            "a shorter text",
            "{'properties':{'a':{'maxLength':9}}}",
            "{'properties':{'a':{'maxLength':8}}}",
            Step.BREAKING,
            "/properties/a/maxLength"),
        arguments(
            "a longer text",
            "{'properties':{'a':{'maxLength':8}}}",
            "{'properties':{'a':{'maxLength':9}}}",
            Step.WIDENING,
            "/properties/a/maxLength"),
        arguments(
            "a pattern more",
            "{'properties':{'a':{'type':'string'}}}",
            "{'properties':{'a':{'type':'string','pattern':'x'}}}",
            Step.BREAKING,
            "/properties/a/pattern"),
        arguments(
            "a pattern less",
            "{'properties':{'a':{'type':'string','pattern':'x'}}}",
            "{'properties':{'a':{'type':'string'}}}",
            Step.WIDENING,
            "/properties/a/pattern"),
        arguments(
            "another alternative",
            "{'properties':{'a':{'anyOf':[{'type':'string'}]}}}",
            "{'properties':{'a':{'anyOf':[{'type':'string'},{'type':'null'}]}}}",
            Step.BREAKING,
            "/properties/a/anyOf"),
        arguments(
            "another definition",
            "{'$defs':{'d':{'type':'string'}},'properties':{'a':{'$ref':'#/$defs/d'}}}",
            "{'$defs':{'d':{'type':'null'}},'properties':{'a':{'$ref':'#/$defs/d'}}}",
            Step.BREAKING,
            "/$defs/d"),
        arguments(
            "closed where it was open",
            "{'properties':{'a':{}},'additionalProperties':true}",
            "{'properties':{'a':{}}}",
            Step.BREAKING,
            "/additionalProperties"),
        arguments(
            "open where it was closed",
            "{'properties':{'a':{}}}",
            "{'properties':{'a':{}},'additionalProperties':true}",
            Step.WIDENING,
            "/additionalProperties"),
        arguments(
            "nothing allowed any more",
            "{'properties':{'a':{}}}",
            "{'properties':{'a':false}}",
            Step.BREAKING,
            "/properties/a"),
        arguments(
            "a lower count that was lowered already",
            "{'properties':{'a':{'contains':{},'minContains':0}}}",
            "{'properties':{'a':{'contains':{}}}}",
            Step.BREAKING,
            "/properties/a/minContains"),
        arguments(
            "items under an equal prefix",
            "{'properties':{'a':{'prefixItems':[{'type':'null'}],'items':{'type':'string'}}}}",
            "{'properties':{'a':{'items':{'type':'string'}}}}",
            Step.BREAKING,
            "/properties/a/prefixItems"),
        arguments(
            "a name with a slash",
            "{'properties':{'a/b~c':{'type':'string'}}}",
            "{'properties':{'a/b~c':{'type':'null'}}}",
            Step.BREAKING,
            "/properties/a~1b~0c/type"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("changes")
  void a_change_is_told_with_its_step_and_its_place(
      String change, String older, String newer, Step step, String pointer) {
    Finding finding = SchemaEvolution.between(schema(older), schema(newer));

    assertThat(finding.step()).as(change).isEqualTo(step);
    assertThat(finding.pointer()).as(change).isEqualTo(pointer);
  }

  @Test
  void the_largest_step_is_told() {
    Finding finding =
        SchemaEvolution.between(
            schema("{'properties':{'a':{'type':'integer'},'b':{'type':'string'}}}"),
            schema(
                "{'properties':{'a':{'type':'number'},'b':{'type':'null'},'c':{'type':'null'}}}"));

    assertThat(finding.step()).isEqualTo(Step.BREAKING);
    assertThat(finding.pointer()).isEqualTo("/properties/b/type");
  }

  @Test
  void a_type_for_a_property_that_only_had_to_be_there_is_breaking() {
    Finding finding =
        SchemaEvolution.between(
            ContractSchema.requiring(List.of("role")),
            schema("{'required':['role'],'properties':{'role':{'type':'string'}}}"));

    assertThat(finding.step()).isEqualTo(Step.BREAKING);
    assertThat(finding.pointer()).isEqualTo("/properties/role/type");
  }
}
