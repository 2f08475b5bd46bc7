package io.growthbus.ingest.core.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Contracts for tests, written with single quotation marks. */
public final class SomeSchemas {
  private static final ObjectMapper JSON = new ObjectMapper();

  private SomeSchemas() {}

  public static ContractSchema schema(String text) {
    try {
      return new ContractSchema(JSON.readValue(text.replace('\'', '"'), new TypeReference<>() {}));
    } catch (JsonProcessingException e) {
      throw new AssertionError(text, e);
    }
  }
}
