package io.growthbus.ingest.core.schema;

import static io.growthbus.ingest.core.schema.SomeSchemas.schema;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class ContractSchemaTest {
  @Test
  void a_property_is_named_wherever_the_contract_speaks_of_it() {
    ContractSchema contract =
        schema(
            """
            {
              'properties': {'a': {'properties': {'inner': {}}}},
              'required': ['b'],
              'allOf': [{'properties': {'c': {}}}, {'oneOf': [{'required': ['d']}]}],
              'if': {'properties': {'e': {}}},
              'then': {'properties': {'f': {}}},
              'dependentSchemas': {'g': {'properties': {'h': {}}}},
              '$ref': '#/$defs/x~1y',
              '$defs': {'x/y': {'properties': {'i': {}}}, 'unused': {'properties': {'z': {}}}}
            }
            """);

    assertThat(contract.propertyNames())
        .isEqualTo(Set.of("a", "b", "c", "d", "e", "f", "g", "h", "i"));
  }

  @Test
  void to_welcome_any_other_property_names_none() {
    assertThat(
            schema(
                    "{'properties':{'a':{}},'additionalProperties':true,"
                        + "'patternProperties':{'^x':{}}}")
                .propertyNames())
        .containsExactly("a");
  }
}
