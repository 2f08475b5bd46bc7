package io.growthbus.ingest.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.growthbus.ingest.core.EventWith;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.schema.Violation;
import io.growthbus.ingest.core.schema.Violation.Kind;
import io.growthbus.shared.domain.RoomException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonSchemaContractTest {
  private static final SchemaCompiler COMPILER = new SchemaCompiler();
  private static final CompiledContract CONTRACT =
      contract(
          """
          {
            'type': 'object',
            'required': ['role', 'a/b~c'],
            'properties': {
              'role': {'enum': ['admin', 'member']},
              'a/b~c': {'type': ['string', 'null']},
              'seats': {'type': 'integer', 'minimum': 1},
              'code': {'type': 'string', 'pattern': '^[a-z]+$'},
              'team': {
                'required': ['id'],
                'properties': {'id': {'type': 'string'}, 'tags': {'items': {'type': 'string'}}}
              },
              'open': {'properties': {'x': {}}, 'additionalProperties': true},
              'either': {'oneOf': [
                {'required': ['x'], 'additionalProperties': false, 'properties': {'x': {}}},
                {'type': 'string'}
              ]}
            }
          }
          """);

  private static CompiledContract contract(String text) {
    return COMPILER.compile(COMPILER.read(text.replace('\'', '"')));
  }

  private static List<Violation> check(String properties) {
    return CONTRACT.check(EventWith.properties(properties));
  }

  @Test
  void an_event_that_keeps_its_contract_has_no_violations() {
    assertThat(
            check(
                "{'role':'admin','a/b~c':null,'seats':2.0,'code':'abc',"
                    + "'team':{'id':'t','tags':['x']},'open':{'y':1},'either':{'x':1}}"))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'seats':'two' | WRONG_TYPE | /properties/seats",
        "'seats':1.5 | WRONG_TYPE | /properties/seats",
        "'seats':0 | WRONG_TYPE | /properties/seats",
        "'code':'a1' | WRONG_TYPE | /properties/code",
        "'team':{} | REQUIRED_MISSING | /properties/team/id",
        "'team':{'id':1} | WRONG_TYPE | /properties/team/id",
        "'team':{'id':'t','tags':['x',7]} | WRONG_TYPE | /properties/team/tags/1",
        "'team':{'id':'t','e@x.org':1} | ADDITIONAL_PROPERTY | /properties/team/e?x.org",
        "'more':1 | ADDITIONAL_PROPERTY | /properties/more",
        "'m/o~re':1 | ADDITIONAL_PROPERTY | /properties/m~1o~0re",
      })
  void a_violation_is_told_with_its_kind_and_place(String property, Kind kind, String pointer) {
    assertThat(check("{'role':'admin','a/b~c':'x'," + property + "}"))
        .containsExactly(new Violation(kind, pointer));
  }

  @Test
  void a_property_that_is_required_but_not_described_is_not_additional() {
    CompiledContract contract = contract("{'properties':{'a':{}},'required':['b']}");
    TelemetryEvent event = EventWith.properties("{\"b\":1}");

    assertThat(contract.check(event)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'required':['a']}",
        "{'type':'object','title':'T','required':['a'],'properties':{'a':{},'b':{'description':'B'}}}",
        "{'required':['a'],'properties':{'a':{'not':{'type':'null'}},'b':true}}",
        "{'required':['a'],'properties':{'a':{}},'additionalProperties':true}",
      })
  void a_contract_of_names_alone_is_decided_without_reading_the_values(String text) {
    assertThat(contract(text).check(EventWith.unreadableProperties("a", "b"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'required':['c']}",
        "{'required':['a'],'properties':{'a':{}}}",
        "{'properties':{'a':{'type':'string'},'b':{}}}",
        "{'properties':{'a':{'not':{'type':'null'}},'b':{}}}",
        "{'properties':{'a':{},'b':false}}",
        "{'required':['a'],'additionalProperties':{'type':'string'}}",
        "{'required':['a'],'minProperties':3}",
      })
  void the_values_are_read_when_the_names_do_not_tell(String text) {
    CompiledContract contract = contract(text);

    assertThatThrownBy(() -> contract.check(EventWith.unreadableProperties("a", "b")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void a_required_property_that_is_null_is_there_unless_the_contract_excludes_null() {
    TelemetryEvent event = EventWith.properties("{\"a\":null}");

    assertThat(contract("{'required':['a'],'properties':{'a':{}}}").check(event)).isEmpty();
    assertThat(
            contract("{'required':['a'],'properties':{'a':{'not':{'type':'null'}}}}").check(event))
        .containsExactly(new Violation(Kind.WRONG_TYPE, "/properties/a"));
  }

  @Test
  void an_additional_property_that_is_null_is_additional() {
    TelemetryEvent event = EventWith.properties("{\"b\":null}");

    assertThat(contract("{'properties':{'a':{}}}").check(event))
        .containsExactly(new Violation(Kind.ADDITIONAL_PROPERTY, "/properties/b"));
  }

  @Test
  void every_violation_of_an_event_is_told() {
    assertThat(check("{'role':'king','more':1}"))
        .containsExactlyInAnyOrder(
            new Violation(Kind.REQUIRED_MISSING, "/properties/a~1b~0c"),
            new Violation(Kind.WRONG_TYPE, "/properties/role"),
            new Violation(Kind.ADDITIONAL_PROPERTY, "/properties/more"));
  }

  @Test
  void what_one_of_several_alternatives_lacks_is_a_value_of_the_wrong_type() {
    assertThat(check("{'role':'admin','a/b~c':'x','either':{'y':1}}"))
        .isNotEmpty()
        .extracting(Violation::kind)
        .containsOnly(Kind.WRONG_TYPE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'required':'a'} | /required | /required: must be array.",
        "{'properties':{'a':{'minimum':'1'}}} | /properties/a/minimum | /properties/a/minimum: must be number.",
        "{'properties':{'a':{'maxLength':-1}}} | /properties/a/maxLength | /properties/a/maxLength: must be a number from 0.",
        "{'properties':{'a':7}} | /properties/a | /properties/a: must be object or boolean.",
        "{'properties':{'a':{'type':'text'}}} | /properties/a/type | /properties/a/type: must be one of array, boolean, integer, null, number, object, string.",
      })
  void a_refusal_names_the_place_and_what_to_write_instead(
      String text, String pointer, String message) {
    RoomException refusal =
        catchThrowableOfType(RoomException.class, () -> COMPILER.read(text.replace('\'', '"')));

    assertThat(refusal.pointer()).contains(pointer);
    assertThat(refusal.text()).isEqualTo(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'enum':['a','b']} | '[email]'",
        "{'const':'a'} | '[card]'",
        "{'pattern':'^[^@]+@[^@]+$'} | '[email]'",
        "{'pattern':'^mailto:[^@]+@[^@]+$'} | 'mailto:[email]'",
        "{'minLength':12} | '[email]'",
        "{'maxLength':3} | '[ip]'",
        "{'type':'integer','minimum':1} | '[redacted]'",
        "{'type':'object','required':['x']} | '[redacted]'",
        "{'type':'array','items':{'minLength':20}} | ['[phone]']",
        "{'type':'array','uniqueItems':true} | ['[email]','[email]']",
        "{'type':'array','contains':{'pattern':'@'}} | ['[email]']",
        "{'enum':[{'x':1}]} | {'x':'[card]'}",
        "{'oneOf':[{'type':'integer'},{'type':'string','pattern':'@'}]} | '[email]'",
        "{'anyOf':[{'type':'integer'},{'required':['x'],'properties':{'x':{'pattern':'@'}}}]} | {'x':'[email]'}",
        "{'if':{'properties':{'x':{'const':'a@b.de'}}},'else':{'required':['y']}} | {'x':'[email]'}",
        "{'not':{'required':['x']}} | {'x':'[token]'}",
        "{'patternProperties':{'@':{}},'additionalProperties':false} | {'[email]':1}",
      })
  void what_was_scrubbed_breaks_no_contract(String schema, String value) {
    CompiledContract contract = contract("{'properties':{'v':" + schema + "}}");
    assertThat(contract.check(EventWith.properties("{'v':" + value + "}"))).isEmpty();
  }

  @Test
  void beside_something_scrubbed_everything_else_is_still_held_against_the_contract() {
    CompiledContract contract =
        contract(
            "{'required':['m'],'properties':{'m':{},'v':{'enum':['a']},'n':{'type':'integer'}}}");

    assertThat(contract.check(EventWith.properties("{'v':'[email]','n':'x','o':1}")))
        .containsExactlyInAnyOrder(
            new Violation(Kind.REQUIRED_MISSING, "/properties/m"),
            new Violation(Kind.WRONG_TYPE, "/properties/n"),
            new Violation(Kind.ADDITIONAL_PROPERTY, "/properties/o"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "true",
        "[]",
        "{\"type\":\"object\"} {}",
        "{\"type\":\"object\",\"type\":\"object\"}",
        "{\"type\":\"thing\"}",
        "{\"required\":\"a\"}",
        "{\"properties\":{\"a\":{\"minimum\":\"1\"}}}",
        "{\"properties\":{\"a\":{\"pattern\":\"(\"}}}",
        "{\"$ref\":\"https://example.com/schema\"}",
      })
  void a_text_that_is_no_contract_is_refused(String text) {
    RoomException refusal =
        catchThrowableOfType(RoomException.class, () -> COMPILER.compile(COMPILER.read(text)));

    assertThat(refusal).isNotNull();
    assertThat(refusal.code()).isEqualTo("invalid_schema");
  }

  @Test
  void a_text_beyond_the_limit_is_refused() {
    String text = "{\"title\":\"" + "x".repeat(SchemaCompiler.LONGEST) + "\"}";

    assertThat(catchThrowableOfType(RoomException.class, () -> COMPILER.read(text)).code())
        .isEqualTo("schema_too_large");
  }
}
