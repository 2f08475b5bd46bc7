package io.growthbus.ingest.core.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.core.schema.Versions.Match;
import io.growthbus.shared.domain.SemVer;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VersionsTest {
  private static final Versions<String> VERSIONS = versions("1.0.0", "1.2.0", "3.1.0");

  private static Versions<String> versions(String... texts) {
    Map<SemVer, String> contracts = new HashMap<>();
    for (String text : texts) {
      contracts.put(SemVer.parse(text).orElseThrow(), text);
    }
    return new Versions<>(contracts);
  }

  @ParameterizedTest
  @CsvSource({
    "1.0.0, 1.0.0, EXACT",
    "1.2.0, 1.2.0, EXACT",
    "1.2.0+build, 1.2.0, EXACT",
    "01.2.0, 1.2.0, EXACT",
    // The lowest above accepts everything that the one which is asked for accepts.
    "1.1.0, 1.2.0, OTHER_OF_MAJOR",
    "1.2.0-rc.1, 1.2.0, OTHER_OF_MAJOR",
    "1.9.0, 1.2.0, OTHER_OF_MAJOR",
    "3.0.0, 3.1.0, OTHER_OF_MAJOR",
    "2.0.0, 3.1.0, UNKNOWN_MAJOR",
    "0.9.0, 3.1.0, UNKNOWN_MAJOR",
    "4.0.0, 3.1.0, UNKNOWN_MAJOR",
  })
  void a_version_is_judged_by_itself_or_by_the_nearest_of_its_major(
      String asked, String judge, Match match) {
    assertThat(VERSIONS.resolve(asked)).isEqualTo(new Versions.Resolved<>(judge, match));
  }

  @Test
  void every_version_stays_and_the_highest_is_the_latest() {
    assertThat(VERSIONS.ascending()).containsExactly("1.0.0", "1.2.0", "3.1.0");
    assertThat(VERSIONS.latest()).isEqualTo("3.1.0");
  }
}
