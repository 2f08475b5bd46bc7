package io.growthbus.bench.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.Map;
import org.junit.jupiter.api.Test;

class LiveHeapTest {
  @Test
  void what_was_there_before_is_not_put_down_to_what_came() {
    LiveHeap before = new LiveHeap(Map.of("[B", 1_000L, "java.lang.String", 400L));
    LiveHeap after = new LiveHeap(Map.of("[B", 1_500L, "java.lang.String", 400L, "Session", 800L));
    assertThat(after.bytes()).isEqualTo(2_700L);
    assertThat(after.since(before, 10))
        .containsExactly(entry("Session", 80.0), entry("[B", 50.0), entry("java.lang.String", 0.0));
  }
}
