package io.growthbus.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class NameBasedIdTest {
  @Test
  void an_id_is_the_one_of_the_standards_example() {
    // RFC 9562, appendix A.4.
    UUID dns = UUID.fromString("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    assertThat(NameBasedId.of(dns, "www.example.com"))
        .isEqualTo(UUID.fromString("2ed6657d-e927-568b-95e1-2665a8aea6a2"));
  }

  @Test
  void a_name_counts_by_its_utf_8_bytes() {
    UUID namespace = UUID.fromString("85ca40d1-3746-54c4-b89f-246256e60450");
    UUID id = NameBasedId.of(namespace, "Zoë 🚀");
    assertThat(id).hasToString("2608813e-9239-5c27-8b21-ee31a94bdf0e");
    assertThat(id.version()).isEqualTo(5);
    assertThat(id.variant()).isEqualTo(2);
  }
}
