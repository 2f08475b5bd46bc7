package io.growthbus.shared.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  private final Problems problems = new Problems();
  private final Properties file = new Properties();

  private Settings settings(Map<String, String> environment) {
    return new Settings(file, environment, problems);
  }

  private Settings inFile(String name, String value) {
    file.setProperty(name, value);
    return settings(Map.of());
  }

  private static int port(Settings settings) {
    return settings.integer("http.port", "Port", 8080, 0, 65_535);
  }

  private static Duration wait(Settings settings) {
    return settings.duration("wait", "Wait", "5s", "100ms", "1m");
  }

  private static int size(Settings settings) {
    return settings.size("room", "Room", "64KiB", "1KiB", "1GiB");
  }

  @Test
  void the_environment_wins_over_the_file_and_the_file_over_the_default() {
    assertThat(port(Settings.defaults())).isEqualTo(8080);
    assertThat(port(inFile("http.port", "81"))).isEqualTo(81);
    assertThat(port(settings(Map.of("GROWTHBUS_HTTP_PORT", "82")))).isEqualTo(82);
    assertThat(problems.errors()).isEmpty();
  }

  @Test
  void an_empty_variable_and_an_empty_line_count_as_not_set() {
    assertThat(port(inFile("http.port", "  "))).isEqualTo(8080);
    file.setProperty("http.port", "81");
    assertThat(port(settings(Map.of("GROWTHBUS_HTTP_PORT", "")))).isEqualTo(81);
    assertThat(problems.errors()).isEmpty();
  }

  @Test
  void blanks_around_a_value_do_not_count() {
    assertThat(port(settings(Map.of("GROWTHBUS_HTTP_PORT", " 82 ")))).isEqualTo(82);
    assertThat(inFile("a", " x ").text("a", "A", "")).isEqualTo("x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "65536", "8080.0", "0x50", "many", "99999999999"})
  void a_number_that_is_none_or_out_of_range_is_refused(String text) {
    assertThat(port(inFile("http.port", text))).isEqualTo(8080);
    assertThat(problems.errors())
        .containsExactly("node.properties: http.port: must be a whole number from 0 to 65535");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "65535"})
  void both_ends_of_a_range_belong_to_it(String text) {
    assertThat(port(inFile("http.port", text))).isEqualTo(Integer.parseInt(text));
    assertThat(problems.errors()).isEmpty();
  }

  @Test
  void only_true_and_false_are_flags() {
    assertThat(inFile("a", "true").flag("a", "A", false)).isTrue();
    assertThat(inFile("a", "false").flag("a", "A", true)).isFalse();
    assertThat(problems.errors()).isEmpty();

    assertThat(inFile("a", "yes").flag("a", "A", true)).isTrue();
    assertThat(problems.errors()).containsExactly("node.properties: a: must be true or false");
  }

  @ParameterizedTest
  @CsvSource({"500ms,500", "30s,30000", "1m,60000", "100ms,100"})
  void a_duration_is_a_number_with_a_unit(String text, long milliseconds) {
    assertThat(wait(inFile("wait", text))).isEqualTo(Duration.ofMillis(milliseconds));
    assertThat(problems.errors()).isEmpty();
  }

  @Test
  void hours_and_days_are_durations() {
    Settings settings = inFile("a", "72h");
    file.setProperty("b", "7d");

    assertThat(settings.duration("a", "A", "1h", "0ms", "30d")).isEqualTo(Duration.ofDays(3));
    assertThat(settings.duration("b", "B", "1h", "0ms", "30d")).isEqualTo(Duration.ofDays(7));
  }

  @ParameterizedTest
  @ValueSource(strings = {"30", "s", "1.5s", "-1s", "30 s", "5M", "P1D", "9999999999999s"})
  void a_text_that_is_no_duration_is_refused_and_the_default_used(String text) {
    assertThat(wait(inFile("wait", text))).isEqualTo(Duration.ofSeconds(5));
    assertThat(problems.errors())
        .containsExactly(
            "node.properties: wait: must be a duration such as 500ms, 30s, 5m, 72h or 7d");
  }

  @ParameterizedTest
  @ValueSource(strings = {"99ms", "61s", "2m", "999999999999d"})
  void a_duration_out_of_range_is_refused_and_the_default_used(String text) {
    assertThat(wait(inFile("wait", text))).isEqualTo(Duration.ofSeconds(5));
    assertThat(problems.errors())
        .containsExactly("node.properties: wait: must be between 100ms and 1m");
  }

  @ParameterizedTest
  @CsvSource({"1024B,1024", "16KiB,16384", "2MiB,2097152", "1GiB,1073741824"})
  void a_size_is_a_number_with_a_binary_unit(String text, int bytes) {
    assertThat(size(inFile("room", text))).isEqualTo(bytes);
    assertThat(problems.errors()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"64", "64KB", "-1KiB", "1023B", "2GiB", "17179869185GiB", "1.5MiB"})
  void a_size_that_is_none_or_out_of_range_is_refused_and_the_default_used(String text) {
    assertThat(size(inFile("room", text))).isEqualTo(65_536);
    assertThat(problems.errors())
        .containsExactly(
            "node.properties: room: must be a size from 1KiB to 1GiB, such as 64KiB or 1MiB");
  }

  @Property(tries = 200)
  void a_size_is_exactly_what_is_written_or_the_default(
      @ForAll @LongRange(min = 0, max = 999_999_999_999L) long number) {
    List<String> units = List.of("B", "KiB", "MiB", "GiB");
    for (int unit = 0; unit < units.size(); unit++) {
      BigInteger bytes = BigInteger.valueOf(number).shiftLeft(10 * unit);
      boolean inRange =
          bytes.compareTo(BigInteger.valueOf(1L << 10)) >= 0
              && bytes.compareTo(BigInteger.valueOf(1L << 30)) <= 0;

      assertThat(size(inFile("room", number + units.get(unit))))
          .isEqualTo(inRange ? bytes.intValueExact() : 65_536);
    }
  }

  @Test
  void a_list_has_no_blank_entries() {
    assertThat(inFile("a", " x, ,y ,").list("a", "A", "")).containsExactly("x", "y");
    assertThat(Settings.defaults().list("a", "A", "")).isEmpty();
    assertThat(Settings.defaults().list("a", "A", "p,q")).containsExactly("p", "q");
  }

  @Test
  void a_choice_is_one_of_its_words() {
    List<String> words = List.of("open", "verified");
    assertThat(inFile("a", "verified").choice("a", "A", "open", words)).isEqualTo("verified");
    assertThat(problems.errors()).isEmpty();

    assertThat(inFile("a", "verfied").choice("a", "A", "open", words)).isEqualTo("open");
    assertThat(problems.errors())
        .containsExactly(
            "node.properties: a: must be one of open, verified; did you mean \"verified\"?");
  }

  @Test
  void a_secret_that_is_not_set_is_none() {
    assertThat(Settings.defaults().secret("a", "A")).isNull();
    assertThat(Settings.defaults().secrets("a", "A")).isEmpty();
  }

  @Test
  void several_secrets_keep_their_order() {
    assertThat(settings(Map.of("GROWTHBUS_A", "new, old")).secrets("a", "A"))
        .extracting(Secret::reveal)
        .containsExactly("new", "old");
  }

  @Test
  void a_problem_names_the_place_that_the_value_came_from() {
    file.setProperty("http.port", "1");
    int ignored = port(settings(Map.of("GROWTHBUS_HTTP_PORT", "x")));

    assertThat(ignored).isEqualTo(8080);
    assertThat(problems.errors())
        .containsExactly("GROWTHBUS_HTTP_PORT: must be a whole number from 0 to 65535");
  }

  @Test
  void all_problems_appear_at_once_and_none_repeats_the_value() {
    file.setProperty("http.port", "hunter2");
    file.setProperty("wait", "hunter2");
    file.setProperty("room", "hunter2");
    file.setProperty("a", "hunter2");
    file.setProperty("b", "hunter2");
    Settings settings = settings(Map.of());
    port(settings);
    wait(settings);
    size(settings);
    settings.flag("a", "A", true);
    settings.choice("b", "B", "x", List.of("x", "y"));

    assertThat(problems.errors()).hasSize(5).noneMatch(line -> line.contains("hunter2"));
  }

  @Test
  void a_name_in_the_file_that_nobody_reads_is_an_error_with_the_nearest_name() {
    file.setProperty("http.prot", "1");
    Settings settings = settings(Map.of());
    port(settings);
    settings.checkUnknown();

    assertThat(problems.errors())
        .containsExactly(
            "node.properties: http.prot: is not a setting; did you mean \"http.port\"?");
  }

  @Test
  void a_name_in_the_environment_that_nobody_reads_is_a_warning_with_the_nearest_name() {
    // Kubernetes sets variables of a service's name, which must not keep a node from starting.
    Settings settings =
        settings(Map.of("GROWTHBUS_HTTP_PROT", "1", "PATH", "/bin", "GROWTHBUS_HTTP_PORT", "2"));
    port(settings);
    settings.checkUnknown();

    assertThat(problems.errors()).isEmpty();
    assertThat(problems.warnings())
        .containsExactly(
            "GROWTHBUS_HTTP_PROT: is not a setting and has no effect; did you mean"
                + " \"GROWTHBUS_HTTP_PORT\"?");
  }

  @Test
  void every_setting_that_was_read_is_declared_in_order_with_default_and_range() {
    Settings settings = Settings.defaults();
    port(settings);
    wait(settings);
    settings.secret("admin.key", "Key of operators");

    assertThat(settings.declared())
        .containsExactly(
            new Settings.Declared("http.port", "8080", "0 to 65535", "Port"),
            new Settings.Declared("wait", "5s", "duration, 100ms to 1m", "Wait"),
            new Settings.Declared("admin.key", "", "secret", "Key of operators"));
    assertThat(settings.declared())
        .extracting(Settings.Declared::environmentName)
        .containsExactly("GROWTHBUS_HTTP_PORT", "GROWTHBUS_WAIT", "GROWTHBUS_ADMIN_KEY");
  }
}
