package io.growthbus.shared.flags;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class ExposureTest {
  @Test
  void every_golden_vector_has_its_id() throws IOException {
    JsonNode vectors =
        new ObjectMapper().readTree(getClass().getResourceAsStream("/golden/exposure-ids.json"));

    assertThat(vectors).hasSizeGreaterThan(5);
    for (JsonNode vector : vectors) {
      assertThat(
              Exposure.id(
                  vector.get("user").asText(),
                  vector.get("flag").asText(),
                  vector.get("revision").asLong(),
                  vector.get("variant").asText()))
          .as(vector.toString())
          .hasToString(vector.get("id").asText());
    }
  }

  @Property(tries = 300)
  void where_a_variant_ends_and_a_user_begins_is_never_mistaken(
      @ForAll @StringLength(max = 4) String variant,
      @ForAll @StringLength(min = 1, max = 4) String user,
      @ForAll @IntRange(min = 1, max = 4) int moved) {
    String text = variant + ":" + user;
    int cut = Math.min(moved, text.length());
    String otherVariant = text.substring(0, cut);
    String otherUser = text.substring(cut);

    assertThat(
            otherVariant.equals(variant)
                || !Exposure.id(user, "f", 1, variant)
                    .equals(Exposure.id(otherUser, "f", 1, otherVariant)))
        .isTrue();
  }
}
