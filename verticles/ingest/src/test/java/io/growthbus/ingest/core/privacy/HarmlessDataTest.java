package io.growthbus.ingest.core.privacy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How much is taken for personal data that is none. */
class HarmlessDataTest {
  private static final int TEXTS = 10_000;

  @Test
  void of_10_000_harmless_texts_at_most_1_percent_are_touched() {
    TextScrubber scrubber = new TextScrubber(KeyNames.STANDARD);
    HarmlessData data = new HarmlessData(new Random(20_261_124));
    List<String> touched = new ArrayList<>();
    for (int i = 0; i < TEXTS; i++) {
      String text = data.some();
      String scrubbed = scrubber.scrub(text);
      if (!scrubbed.equals(text)) {
        touched.add(text + " -> " + scrubbed);
      }
    }

    System.out.printf("touched %d of %d: %s%n", touched.size(), TEXTS, touched);
    assertThat(touched).hasSizeLessThanOrEqualTo(TEXTS / 100);
  }
}
