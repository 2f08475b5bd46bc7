package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code conf/node.properties} shows every setting, commented out, with its true default. */
class SettingsDocumentationTest {
  private static final Pattern LINE = Pattern.compile("#\\s?([a-z][a-z0-9.]*)\\s?=\\s?(.*)");

  @Test
  void every_setting_stands_in_the_file_with_its_default_meaning_and_range() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("../conf/node.properties"));
    Map<String, String> documented = new TreeMap<>();
    for (String line : lines) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        documented.put(matcher.group(1), matcher.group(2).strip());
      }
    }
    Map<String, String> declared = new TreeMap<>();
    for (Settings.Declared setting : NodeConfig.declaredSettings()) {
      if (!setting.name().equals("conf")) {
        declared.put(setting.name(), setting.fallback());
        assertThat(lines)
            .as("meaning and range of %s", setting.name())
            .contains("# " + setting.meaning() + " (" + setting.range() + ")");
      }
    }
    assertThat(documented).isEqualTo(declared);
  }

  @Test
  void the_shipped_folder_has_no_problems() {
    NodeConfig config = NodeConfig.load(Map.of("GROWTHBUS_CONF", "../conf"));

    assertThat(config.growth().activation().rules()).hasSize(3);
    assertThat(config.warnings()).allMatch(warning -> warning.contains("enterprise_trial"));
  }
}
