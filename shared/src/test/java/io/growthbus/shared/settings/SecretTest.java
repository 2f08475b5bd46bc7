package io.growthbus.shared.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SecretTest {
  /** A settings record as rooms write them. */
  private record RoomSettings(@Nullable Secret key, List<Secret> rotated) {
    static RoomSettings from(Settings settings) {
      return new RoomSettings(settings.secret("key", "Key"), settings.secrets("old", "Old keys"));
    }
  }

  @Test
  void a_secret_is_masked_wherever_a_settings_record_is_printed() {
    RoomSettings settings =
        RoomSettings.from(
            new Settings(
                new Properties(),
                Map.of("GROWTHBUS_KEY", "hunter2", "GROWTHBUS_OLD", "hunter3,hunter4"),
                new Problems()));

    assertThat(settings.toString())
        .isEqualTo("RoomSettings[key=***, rotated=[***, ***]]")
        .doesNotContain("hunter");
    assertThat(settings.key()).isNotNull().extracting(Secret::reveal).isEqualTo("hunter2");
  }

  @Test
  void a_secret_matches_its_text_only() {
    Secret secret = new Secret("hunter2");

    assertThat(secret.matches("hunter2")).isTrue();
    assertThat(secret.matches("hunter")).isFalse();
    assertThat(secret.matches("hunter22")).isFalse();
    assertThat(secret.matches("Hunter2")).isFalse();
    assertThat(secret.matches("")).isFalse();
    assertThat(secret.matches("***")).isFalse();
  }

  @Property(tries = 200)
  void secrets_are_equal_exactly_when_their_texts_are(@ForAll String one, @ForAll String other) {
    // A lone surrogate has no UTF-8 form and is compared as "?".
    boolean same = one.equals(other);

    assertThat(new Secret(one)).isEqualTo(new Secret(one)).hasSameHashCodeAs(new Secret(one));
    if (isText(one) && isText(other)) {
      assertThat(new Secret(one).equals(new Secret(other))).isEqualTo(same);
    }
  }

  private static boolean isText(String text) {
    return text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= 0xDFFF);
  }
}
