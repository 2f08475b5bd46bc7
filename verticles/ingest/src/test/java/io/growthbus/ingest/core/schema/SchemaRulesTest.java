package io.growthbus.ingest.core.schema;

import static io.growthbus.ingest.core.schema.SomeSchemas.schema;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaRulesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'$schema':'https://json-schema.org/draft/2020-12/schema','type':'object'}",
        "{'$defs':{'a':{},'b':{'$ref':'#/$defs/a'}},'properties':{'x':{'$ref':'#/$defs/b'}}}",
        "{'properties':{'$ref':{'type':'string'},'$id':{'type':'string'}}}",
        "{'properties':{'x':{'const':{'$ref':'elsewhere'},'default':{'$id':'y'}}}}",
      })
  void a_contract_that_stands_alone_is_fine(String text) {
    assertThat(SchemaRules.check(schema(text))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'array'} | /type",
        "{'$schema':'http://json-schema.org/draft-07/schema#'} | /$schema",
        "{'$id':'https://example.com/a'} | /$id",
        "{'properties':{'x':{'$ref':'https://example.com/a'}}} | /properties/x/$ref",
        "{'properties':{'x':{'$ref':'#'}}} | /properties/x/$ref",
        "{'properties':{'properties':{'$ref':'#'}}} | /properties/properties/$ref",
        "{'anyOf':[{},{'$dynamicRef':'#x'}]} | /anyOf/1/$dynamicRef",
        "{'properties':{'x':{'pattern':'('}}} | /properties/x/pattern",
        "{'patternProperties':{'[':{}}} | /patternProperties/[",
        "{'$defs':{'a':{'$ref':'#/$defs/a'}}} | /$defs/a",
        "{'$defs':{'a':{'properties':{'x':{'$ref':'#/$defs/b'}}},'b':{'items':{'$ref':'#/$defs/a'}}}} | /$defs/a",
      })
  void a_contract_that_needs_others_or_itself_is_refused_with_the_place(
      String text, String pointer) {
    assertThat(SchemaRules.check(schema(text))).map(SchemaRules.Problem::pointer).hasValue(pointer);
  }

  @Test
  void a_contract_is_not_nested_without_end() {
    String deep = "{'items':".repeat(60) + "{}" + "}".repeat(60);

    assertThat(SchemaRules.check(schema(deep)))
        .map(SchemaRules.Problem::pointer)
        .hasValue("/items");
  }
}
