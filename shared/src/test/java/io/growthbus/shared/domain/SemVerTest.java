package io.growthbus.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SemVerTest {
  /** The example of semver.org, section 11, among releases. */
  private static final List<String> ASCENDING =
      List.of(
          "0.9.9",
          "1.0.0-1",
          "1.0.0-2",
          "1.0.0-10",
          "1.0.0-alpha",
          "1.0.0-alpha.1",
          "1.0.0-alpha.beta",
          "1.0.0-beta",
          "1.0.0-beta.2",
          "1.0.0-beta.11",
          "1.0.0-rc.1",
          "1.0.0",
          "1.0.2",
          "1.0.10",
          "1.2.0",
          "1.10.0",
          "2.0.0",
          "10.0.0");

  private static SemVer version(String text) {
    return SemVer.parse(text).orElseThrow();
  }

  @Property(tries = 50)
  void versions_sort_as_the_specification_orders_them(@ForAll Random random) {
    List<SemVer> versions = new ArrayList<>(ASCENDING.stream().map(SemVerTest::version).toList());
    Collections.shuffle(versions, random);
    Collections.sort(versions);

    assertThat(versions.stream().map(SemVer::toString)).containsExactlyElementsOf(ASCENDING);
  }

  @Test
  void identifiers_longer_than_any_number_type_are_compared_as_numbers() {
    assertThat(version("1.0.0-99999999999999999998"))
        .isLessThan(version("1.0.0-99999999999999999999"));
  }

  @Test
  void build_metadata_plays_no_part() {
    assertThat(version("1.2.3+build.5")).isEqualTo(version("1.2.3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.3-", "1.2.3-a..b", "-1.0.0"})
  void other_texts_are_no_versions(String text) {
    assertThat(SemVer.parse(text)).isEmpty();
  }
}
