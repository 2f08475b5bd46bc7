package io.growthbus.shared.flags;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class SeedBucketingTest {
  @Test
  void every_golden_vector_falls_into_its_bucket() throws IOException {
    JsonNode vectors =
        new ObjectMapper()
            .readTree(getClass().getResourceAsStream("/golden/flag-buckets.json"))
            .get("seed");

    assertThat(vectors).hasSizeGreaterThan(300);
    for (JsonNode vector : vectors) {
      assertThat(SeedBucketing.bucket(vector.get("user").asText(), vector.get("key").asText()))
          .as(vector.toString())
          .isEqualTo(vector.get("bucket").asInt());
    }
  }

  @Test
  void the_smallest_hash_is_in_bucket_48_and_not_below_zero() {
    assertThat("polygenelubricants".hashCode()).isEqualTo(Integer.MIN_VALUE);
    assertThat(SeedBucketing.bucket("polygene", "lubricants")).isEqualTo(48);
  }

  @Property
  void the_bucket_is_that_of_the_concatenated_text(@ForAll String user, @ForAll String key) {
    long hash = (user + key).hashCode();

    assertThat(SeedBucketing.bucket(user, key)).isEqualTo((int) (Math.abs(hash) % 100));
  }
}
