package io.growthbus.ingest;

import static io.growthbus.ingest.EventJson.batch;
import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.PrivacyFixture.Planted;
import io.growthbus.ingest.core.TelemetryEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** How much of planted personal data is found, wherever in an event it stands. */
class PrivacyFixtureTest {
  private static final int EVENTS = 10_000;

  @Test
  void of_10_000_planted_texts_at_least_99_percent_are_found_at_every_place() {
    Map<String, Integer> planted = new TreeMap<>();
    Map<String, List<String>> missed = new TreeMap<>();
    for (Planted event : new PrivacyFixture(20_261_124).events(EVENTS, EventJson.TIME_MS)) {
      DecodedBatch decoded = EventJson.decode(batch(event.json()));
      assertThat(decoded.rejected()).isEmpty();
      TelemetryEvent kept = decoded.events().get(0);
      String all = kept.name() + kept.propertiesJson() + kept.propertyNames();
      planted.merge(event.place(), 1, Integer::sum);
      if (event.secrets().stream().anyMatch(all::contains)) {
        missed.computeIfAbsent(event.place(), place -> new ArrayList<>()).add(event.json());
      }
    }

    int found = EVENTS - missed.values().stream().mapToInt(List::size).sum();
    System.out.printf("found %d of %d planted %s; missed %s%n", found, EVENTS, planted, missed);
    assertThat(planted.values()).allMatch(count -> count > EVENTS / 10);
    planted.forEach(
        (place, count) ->
            assertThat(missed.getOrDefault(place, List.of()))
                .as(place)
                .satisfies(texts -> assertThat(texts.size()).isLessThanOrEqualTo(count / 100)));
  }
}
