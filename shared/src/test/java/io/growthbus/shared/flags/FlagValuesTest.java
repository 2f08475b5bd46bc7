package io.growthbus.shared.flags;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.growthbus.shared.domain.SemVer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Holds what texts mean in conditions against the file that the TypeScript tests read too. */
class FlagValuesTest {
  private static final JsonNode VALUES = values();

  private static JsonNode values() {
    try {
      return new ObjectMapper()
          .readTree(FlagValuesTest.class.getResourceAsStream("/golden/flag-values.json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void every_moment_is_read_and_nothing_else() {
    assertThat(VALUES.get("moments")).hasSizeGreaterThan(50);
    for (JsonNode moment : VALUES.get("moments")) {
      assertThat(Matcher.milliseconds(moment.get(0).asText()))
          .as(moment.toString())
          .isEqualTo(
              moment.get(1).isNull()
                  ? OptionalLong.empty()
                  : OptionalLong.of(moment.get(1).asLong()));
    }
  }

  @Test
  void every_version_stands_in_its_place() {
    List<List<SemVer>> ordered = new ArrayList<>();
    for (JsonNode equal : VALUES.get("versions")) {
      List<SemVer> versions = new ArrayList<>();
      equal.forEach(text -> versions.add(SemVer.parse(text.asText()).orElseThrow()));
      ordered.add(versions);
    }
    for (int i = 0; i < ordered.size(); i++) {
      for (int j = 0; j < ordered.size(); j++) {
        for (SemVer one : ordered.get(i)) {
          for (SemVer other : ordered.get(j)) {
            assertThat(Integer.signum(one.compareTo(other)))
                .as("%s and %s", one, other)
                .isEqualTo(Integer.signum(Integer.compare(i, j)));
          }
        }
      }
    }
  }

  @Test
  void what_is_no_version_is_none() {
    assertThat(VALUES.get("no_versions")).hasSizeGreaterThan(10);
    for (JsonNode text : VALUES.get("no_versions")) {
      assertThat(SemVer.parse(text.asText())).as(text.toString()).isEmpty();
    }
  }
}
