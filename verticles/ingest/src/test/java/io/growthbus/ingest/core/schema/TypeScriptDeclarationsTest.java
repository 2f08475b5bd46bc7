package io.growthbus.ingest.core.schema;

import static io.growthbus.ingest.core.schema.SomeSchemas.schema;
import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.core.schema.TypeScriptDeclarations.Contract;
import io.growthbus.shared.domain.SemVer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TypeScriptDeclarationsTest {
  private static final List<Contract> CONTRACTS =
      List.of(
          new Contract(
              "api_call", version("1.0.0"), ContractSchema.requiring(List.of("endpoint", "a-b"))),
          new Contract("checkout: done", version("1.0.0"), schema("{'type':'object'}")),
          new Contract(
              "checkout: done",
              version("1.10.0"),
              schema(
                  """
                  {
                    'description': 'A purchase. */ export {}',
                    'required': ['total', 'currency', 'undeclared'],
                    'properties': {
                      'total': {'type': 'number', 'minimum': 0, 'description': 'In major units.'},
                      'currency': {'enum': ['EUR', 'USD', null]},
                      'steps': {'type': 'array', 'items': {'type': ['integer', 'null']}},
                      'anything': {'type': 'array'},
                      'pair': {'type': 'array', 'prefixItems': [{'type': 'string'}]},
                      'buyer': {
                        'type': 'object',
                        'required': ['id'],
                        'properties': {
                          'id': {'type': 'string', 'pattern': '^u'},
                          'quoted \\"name\\"': {'const': 'a\\\\b\\u2028'}
                        }
                      },
                      'labels': {'type': 'object', 'additionalProperties': {'type': 'string'}},
                      'open': {
                        'type': 'object',
                        'properties': {'known': {'type': 'boolean'}},
                        'additionalProperties': true
                      },
                      'either': {'anyOf': [{'type': 'string'}, {'type': 'number'}]},
                      'both': {'allOf': [{'type': 'string'}]},
                      'referred': {'$ref': '#/$defs/d'},
                      'no_object': {'enum': [{}, 1]},
                      'signs': {'enum': [-1, 0, 2.50]},
                      'never': false,
                      'any': true
                    },
                    '$defs': {'d': {'type': 'string'}}
                  }
                  """)),
          new Contract("checkout: done", version("1.9.0"), schema("{'type':'object'}")));

  private static SemVer version(String text) {
    return SemVer.parse(text).orElseThrow();
  }

  private static String golden() throws IOException {
    try (InputStream in =
        TypeScriptDeclarationsTest.class.getResourceAsStream("/golden/growth-events.d.ts")) {
      assertThat(in).as("the golden file").isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Property(tries = 20)
  void the_declarations_are_those_of_the_golden_file_whatever_the_order(@ForAll Random random)
      throws IOException {
    List<Contract> shuffled = new ArrayList<>(CONTRACTS);
    Collections.shuffle(shuffled, random);

    assertThat(TypeScriptDeclarations.of(shuffled)).isEqualTo(golden());
  }

  @Test
  void without_contracts_there_is_still_a_module() {
    assertThat(TypeScriptDeclarations.of(List.of())).contains("export interface GrowthEvents {\n}");
  }
}
