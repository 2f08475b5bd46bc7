package io.growthbus.shared.erasure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class UserHashTest {
  @Test
  void it_is_the_first_half_of_hmac_sha256() {
    // RFC 4231, test case 2.
    assertThat(new UserHash("Jefe").of("what do ya want for nothing?"))
        .isEqualTo(UUID.fromString("5bdcc146-bf60-754e-6a04-2426089575c7"));
  }

  @Test
  void another_key_gives_another_hash() {
    assertThat(new UserHash("a").of("ada")).isNotEqualTo(new UserHash("b").of("ada"));
  }
}
