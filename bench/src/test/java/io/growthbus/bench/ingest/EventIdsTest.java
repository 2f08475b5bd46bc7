package io.growthbus.bench.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class EventIdsTest {
  private static final long NOW_MS = 1_763_000_000_123L;

  @Test
  void ids_are_uuids_of_their_version_and_all_different() {
    for (EventIds.Version version : EventIds.Version.values()) {
      EventIds ids = new EventIds(version, 42);
      Set<UUID> seen = new HashSet<>();
      for (int i = 0; i < 10_000; i++) {
        UUID id = next(ids);
        assertThat(id.version()).isEqualTo(version == EventIds.Version.V4 ? 4 : 7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(seen.add(id)).isTrue();
      }
    }
  }

  @Test
  void an_id_of_version_7_begins_with_its_time() {
    UUID id = next(new EventIds(EventIds.Version.V7, 1));
    assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(NOW_MS);
  }

  @Test
  void generators_with_other_seeds_make_other_ids() {
    assertThat(next(new EventIds(EventIds.Version.V4, 1)))
        .isNotEqualTo(next(new EventIds(EventIds.Version.V4, 2)));
  }

  private static UUID next(EventIds ids) {
    byte[] text = new byte[EventIds.LENGTH];
    ids.write(text, 0, NOW_MS);
    return UUID.fromString(new String(text, StandardCharsets.US_ASCII));
  }
}
