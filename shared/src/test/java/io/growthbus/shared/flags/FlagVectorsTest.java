package io.growthbus.shared.flags;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.growthbus.shared.config.FlagForm;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.flags.MurmurBuckets.Purpose;
import io.growthbus.shared.settings.Problems;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Holds the evaluator against answers that were computed independently of it. */
class FlagVectorsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNode VECTORS = vectors();

  private static JsonNode vectors() {
    try {
      return JSON.readTree(FlagVectorsTest.class.getResourceAsStream("/golden/flag-vectors.json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void every_unit_falls_into_its_buckets() {
    assertThat(VECTORS.get("buckets")).hasSizeGreaterThan(50);
    for (JsonNode vector : VECTORS.get("buckets")) {
      for (Purpose purpose : Purpose.values()) {
        int bucket =
            new MurmurBuckets(vector.get("salt").asText(), purpose)
                .bucket(vector.get("unit").asText());

        assertThat(bucket)
            .as("%s of %s", purpose, vector.get("unit"))
            .isEqualTo(vector.get(purpose.name().toLowerCase(Locale.ROOT)).asInt());
      }
    }
  }

  @Test
  void a_million_pairs_fall_into_the_same_buckets() throws NoSuchAlgorithmException {
    MurmurBuckets[] salts = new MurmurBuckets[1_000];
    for (int i = 0; i < salts.length; i++) {
      salts[i] = new MurmurBuckets("salt-" + i, Purpose.ROLLOUT);
    }
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    ByteBuffer bucket = ByteBuffer.allocate(Integer.BYTES);
    for (int i = 0; i < 1_000_000; i++) {
      digest.update(bucket.putInt(0, salts[i % 1_000].bucket("user-" + i)).array());
    }

    assertThat(HexFormat.of().formatHex(digest.digest()))
        .isEqualTo(VECTORS.get("million").asText());
  }

  @Test
  void every_flag_answers_every_context_with_variant_reason_and_rule() {
    FlagSnapshot snapshot = snapshot();
    assertThat(VECTORS.get("contexts")).hasSize(400);
    for (JsonNode context : VECTORS.get("contexts")) {
      Map<String, Object> attributes = attributes(context.get("attributes"));
      for (Map.Entry<String, JsonNode> answer : context.get("answers").properties()) {
        FlagDecision decision =
            snapshot.evaluate(answer.getKey(), context.get("user").textValue(), attributes);

        assertThat(decision.variant() + " " + decision.reason() + " " + decision.rule())
            .as("%s for %s with %s", answer.getKey(), context.get("user"), attributes)
            .isEqualTo(
                answer.getValue().get(0).asText()
                    + " "
                    + answer.getValue().get(1).asText()
                    + " "
                    + answer.getValue().get(2).asText());
      }
    }
  }

  @Test
  void every_flag_that_is_written_is_read_again_as_it_was() {
    for (FlagDefinition flag : snapshot().definitions()) {
      // What it names of others is not here; its own parts are.
      assertThat(readAgain(flag)).isEqualTo(flag);
    }
  }

  @Test
  void a_rule_whose_split_is_empty_is_read_again_as_it_was() {
    FlagDefinition flag = read("{\"key\":\"f\",\"rules\":[{\"key\":\"r\",\"split\":[]}]}");
    assertThat(flag.rules().rules().get(0).variant()).isNull();

    assertThat(readAgain(flag)).isEqualTo(flag);
  }

  private static FlagDefinition readAgain(FlagDefinition flag) {
    return read(JSON.valueToTree(FlagForm.of(flag)).toString());
  }

  private static FlagDefinition read(String form) {
    return GrowthConfigReader.read("{\"flags\":{\"definitions\":[" + form + "]}}", new Problems())
        .flags()
        .definitions()
        .get(0);
  }

  private static FlagSnapshot snapshot() {
    Problems problems = new Problems();
    Flags flags =
        GrowthConfigReader.read(
                "{\"meters\":[{\"key\":\"api_calls\",\"event\":\"api_call\"}],\"flags\":"
                    + VECTORS.get("flags")
                    + "}",
                problems)
            .flags();
    assertThat(problems.errors()).isEmpty();
    return new FlagSnapshot(1, flags);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> attributes(JsonNode node) {
    return JSON.convertValue(node, Map.class);
  }
}
