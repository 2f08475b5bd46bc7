package io.growthbus.shared.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.settings.Problems;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OverrideFormTest {
  private static final Entitlements CONFIG =
      GrowthConfigReader.read(
              """
              {"entitlements": {"tiers": {
                "free": {"limits": {"exports": 5}},
                "pro": {"limits": {"exports": 50, "seats": "unlimited"}, "features": ["sso"]}}}}
              """,
              new Problems())
          .entitlements();
  private static final EntitlementOverride FULL =
      new EntitlementOverride(
          "pro",
          Map.of("exports", 7L),
          List.of("seats"),
          Map.of("sso", false),
          1_800_000_000_000L,
          true,
          "a \"friend\"");

  private final Problems problems = new Problems();

  private Optional<EntitlementOverride> read(String text) {
    return OverrideForm.read(text, CONFIG, problems);
  }

  @Test
  void every_field_is_read_and_written_alike() {
    assertThat(read(OverrideForm.text(FULL))).contains(FULL);
    assertThat(OverrideForm.stored(OverrideForm.text(FULL))).isEqualTo(FULL);
    assertThat(OverrideForm.allStored("[" + OverrideForm.text(FULL) + "]")).containsExactly(FULL);
  }

  @Test
  void the_order_of_fields_and_names_does_not_matter() {
    assertThat(read("{\"limits\":{\"seats\":\"unlimited\",\"exports\":1},\"tier\":\"pro\"}"))
        .isEqualTo(read("{\"tier\":\"pro\",\"limits\":{\"exports\":1,\"seats\":\"unlimited\"}}"));
  }

  @Test
  void it_is_live_until_the_instant_of_its_end() {
    assertThat(FULL.isLive(1_799_999_999_999L)).isTrue();
    assertThat(FULL.isLive(1_800_000_000_000L)).isFalse();
  }

  @Test
  void names_that_the_configuration_has_lost_stay_in_what_was_stored() {
    assertThat(OverrideForm.stored("{\"tier\":\"gone\",\"limits\":{\"cats\":1}}").tier())
        .isEqualTo("gone");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "7",
        "{",
        "{} x",
        "{}",
        "{\"note\":\"only\"}",
        "{\"tier\":\"gold\"}",
        "{\"tier\":7}",
        "{\"tier\":\"pro\",\"tier\":\"free\"}",
        "{\"limits\":[]}",
        "{\"limits\":{\"exports\":-1}}",
        "{\"limits\":{\"exports\":1.5}}",
        "{\"limits\":{\"exports\":9223372036854775808}}",
        "{\"limits\":{\"cats\":1}}",
        "{\"features\":{\"sso\":\"yes\"}}",
        "{\"features\":{\"cats\":true}}",
        "{\"features\":[\"sso\"]}",
        "{\"tier\":\"pro\",\"trial\":true}",
        "{\"limits\":{\"exports\":1},\"trial\":true,\"expires_at\":1}",
        "{\"tier\":\"pro\",\"expires_at\":-1}",
        "{\"tier\":\"pro\",\"expires_at\":\"soon\"}",
        "{\"tier\":\"pro\",\"note\":\"\\u0000\"}",
        "{\"tier\":\"pro\",\"colour\":1}"
      })
  void what_makes_no_sense_is_refused_with_a_reason(String text) {
    assertThat(read(text)).isEmpty();
    assertThat(problems.errors()).isNotEmpty();
  }

  @Test
  void a_note_has_at_most_a_thousand_characters() {
    assertThat(read("{\"tier\":\"pro\",\"note\":\"" + "x".repeat(1_000) + "\"}")).isPresent();
    assertThat(read("{\"tier\":\"pro\",\"note\":\"" + "x".repeat(1_001) + "\"}")).isEmpty();
  }
}
