package io.growthbus.ingest.registry;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.Error;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.PathType;
import io.growthbus.ingest.core.schema.ContractSchema;
import io.growthbus.ingest.core.schema.SchemaRules;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import java.util.List;
import java.util.Map;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Reads the text of contracts, checks it, and makes it ready to hold events against it. */
final class SchemaCompiler {
  /** Longest text of a contract, in UTF-16 units. */
  static final int LONGEST = 64 * 1024;

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  static {
    JSON.getFactory()
        .setStreamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(100).build());
  }

  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder
                  .schemaCacheEnabled(false)
                  .schemaRegistryConfig(
                      SchemaRegistryConfig.builder()
                          .pathType(PathType.JSON_POINTER)
                          .formatAssertionsEnabled(false)
                          .preloadSchema(true)
                          .regularExpressionFactory(BoundedPattern::new)
                          .build()));

  /**
   * Reads a contract.
   *
   * @throws RoomException {@code invalid_schema} when it is not a JSON object, not a valid JSON
   *     Schema 2020-12, or breaks {@link SchemaRules}
   */
  ContractSchema read(String text) {
    if (text.length() > LONGEST) {
      throw new RoomException(
          ErrorKind.TOO_LARGE, "schema_too_large", "A schema may have " + LONGEST + " characters.");
    }
    ContractSchema contract = new ContractSchema(parse(text));
    SchemaRules.check(contract)
        .ifPresent(
            problem -> {
              throw invalid(
                  (problem.pointer().isEmpty() ? "The schema" : problem.pointer())
                      + ": "
                      + problem.reason()
                      + ".",
                  problem.pointer());
            });
    List<Error> errors =
        registry
            .getSchema(SchemaLocation.of(SchemaRules.DIALECT))
            .validate(JSON.valueToTree(contract.source()));
    if (!errors.isEmpty()) {
      throw invalid(errors.get(0));
    }
    return contract;
  }

  /**
   * Makes a contract ready.
   *
   * @throws RoomException {@code invalid_schema} when a pattern in it is none
   */
  CompiledContract compile(ContractSchema contract) {
    try {
      return new JsonSchemaContract(
          registry.getSchema(JSON.valueToTree(contract.closed())), contract.namesOnly());
    } catch (SchemaException | PatternSyntaxException e) {
      throw invalid("It cannot be compiled; check its patterns and references.");
    }
  }

  /** The schema of a text that was read before. */
  static Map<String, @Nullable Object> parse(String text) {
    try {
      Map<String, @Nullable Object> schema = JSON.readValue(text, new TypeReference<>() {});
      if (schema == null) {
        throw invalid("It must be a JSON object.");
      }
      return schema;
    } catch (JsonProcessingException e) {
      throw invalid("It must be a JSON object without duplicate keys.");
    }
  }

  /** Text of a schema. */
  static String text(ContractSchema contract) {
    try {
      return JSON.writeValueAsString(contract.source());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a map of JSON values cannot be written", e);
    }
  }

  /** The place is a keyword of the schema; what is wrong is said by the schema of schemas. */
  private static RoomException invalid(Error error) {
    String place = error.getInstanceLocation().toString();
    String wanted =
        switch (error.getKeyword()) {
          case "type" -> "must be " + words(error, " or ");
          case "enum" -> "must be one of " + words(error, ", ");
          case "minimum", "exclusiveMinimum" -> "must be a number from 0";
          case "minItems" -> "must not be empty";
          case "uniqueItems" -> "must not name anything twice";
          default -> "is not JSON Schema 2020-12";
        };
    return invalid((place.isEmpty() ? "The schema" : place) + ": " + wanted + ".", place);
  }

  /** What the schema of schemas lists: words, never what was sent. */
  private static String words(Error error, String between) {
    return error.getSchemaNode().toString().replaceAll("[^a-zA-Z,]", "").replace(",", between);
  }

  private static RoomException invalid(String reason) {
    return invalid(reason, null);
  }

  private static RoomException invalid(String reason, @Nullable String pointer) {
    return new RoomException(ErrorKind.INVALID, "invalid_schema", reason, pointer);
  }
}
