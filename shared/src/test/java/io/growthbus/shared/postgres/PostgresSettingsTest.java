package io.growthbus.shared.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Settings;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresSettingsTest {
  private final Problems problems = new Problems();

  private PostgresSettings withAddress(String uri) {
    return PostgresSettings.from(
        new Settings(new Properties(), Map.of("GROWTHBUS_PG_URI", uri), problems));
  }

  @Test
  void the_defaults_are_those_that_the_shipped_file_shows() {
    PostgresSettings settings = PostgresSettings.from(Settings.defaults());

    assertThat(settings)
        .isEqualTo(
            new PostgresSettings("", 4, Duration.ofSeconds(2), Duration.ofSeconds(5), 256, false));
  }

  @Test
  void the_address_is_never_printed_because_it_holds_a_password() {
    PostgresSettings settings = withAddress("postgresql://growth:hunter2@db.example:5432/growth");

    assertThat(problems.errors()).isEmpty();
    assertThat(settings.uri()).contains("hunter2");
    assertThat(settings.toString()).doesNotContain("hunter2").contains("uri=***");
    assertThat(settings.withRoomRoles(true).toString()).doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://growth@db.example:5432/growth",
        "postgres://growth:s%23cret@127.0.0.1/growth?sslmode=require",
        "postgresql://growth:hunter2@[::1]:5432/growth",
        "postgresql://growth:hunter2@my_database:5432/growth"
      })
  void an_address_of_postgresql_is_accepted(String uri) {
    assertThat(withAddress(uri).uri()).isEqualTo(uri);
    assertThat(problems.errors()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "db.example:5432",
        "mysql://growth:hunter2@db.example/growth",
        "postgresql://",
        "postgresql://growth:hunter2 @db.example/growth",
        "postgresql://growth:hunter2@db.example:port/growth"
      })
  void an_address_that_cannot_be_read_is_refused_without_showing_it(String uri) {
    assertThat(withAddress(uri).uri()).isEqualTo(uri);
    assertThat(problems.errors())
        .containsExactly("pg.uri: must look like postgresql://user:password@host:5432/database");
  }

  @Test
  void a_copy_differs_in_what_was_asked_for_only() {
    PostgresSettings settings = PostgresSettings.from(Settings.defaults());

    assertThat(settings.withUri("postgresql://h/d").withUri("")).isEqualTo(settings);
    assertThat(settings.withRoomRoles(true).withRoomRoles(false)).isEqualTo(settings);
    assertThat(settings.withUri("postgresql://h/d").uri()).isEqualTo("postgresql://h/d");
    assertThat(settings.withRoomRoles(true).roomRoles()).isTrue();
  }
}
