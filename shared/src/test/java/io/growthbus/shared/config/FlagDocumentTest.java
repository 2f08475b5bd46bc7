package io.growthbus.shared.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.settings.Problems;
import org.junit.jupiter.api.Test;

class FlagDocumentTest {
  private static final String FILE =
      """
      {"flags": {
        "segments": [{"key": "s", "if": [{"attribute": "plan", "values": ["free", 1, true]}]}],
        "holdouts": [{"key": "h", "percentage": 2.5}],
        "definitions": [
          {"key": "plain", "enabled": true, "rollout_percentage": 12.5, "target_users": ["\u00fc", "u1"]},
          {"key": "f", "enabled": true, "bucketing": "murmur3", "salt": "x", "bucket_by": "account_id",
           "evaluation": "server",
           "variants": {"z": {"a": [1, 2.0, 1e30, null]}, "a": [], "m": {"\u00fc": "\ud83d\ude00"}},
           "on": "z", "off": "a", "split": {"z": 10, "m": 0.5}, "holdout": "h",
           "targets": [{"variant": "m", "users": ["u"]}],
           "prerequisites": [{"flag": "plain"}],
           "rules": [{"key": "r", "variant": "m", "rollout_percentage": 12.345,
                      "if": [{"segment": "s", "not": true}, {"attribute": "n", "operator": "gt", "values": [1e9]}]},
                     {"key": "w", "split": {"z": 33.333, "a": 66.667}, "if": []}]}
        ]}}
      """;

  private static Flags ofFile() {
    Problems problems = new Problems();
    Flags flags = GrowthConfigReader.read(FILE, problems).flags();
    assertThat(problems.errors()).isEmpty();
    return flags;
  }

  @Test
  void everything_that_flags_say_is_read_again_as_it_was() {
    Problems problems = new Problems();

    Flags read = FlagDocument.read(FlagDocument.text(ofFile()), "flags", problems);

    assertThat(problems.errors()).isEmpty();
    assertThat(read).isEqualTo(ofFile());
  }

  @Test
  void what_a_flag_names_may_be_gone() {
    Problems problems = new Problems();
    Flags all = ofFile();

    Flags read =
        FlagDocument.read(
            FlagDocument.text(
                new Flags(all.definitions(), java.util.List.of(), java.util.List.of())),
            "flags",
            problems);

    assertThat(problems.errors()).isEmpty();
    assertThat(read.definitions()).isEqualTo(all.definitions());
  }

  @Test
  void what_is_no_document_or_no_flag_is_a_problem_with_its_place() {
    Problems problems = new Problems();

    FlagDocument.read("{\"definitions\":[", "one", problems);
    FlagDocument.read("{\"definitions\":[{\"key\":\"a b\"}],\"more\":1}", "two", problems);
    FlagDocument.read("[]", "three", problems);

    assertThat(problems.errors())
        .containsExactly(
            "one: is not JSON",
            "two /definitions/0/key: must be 1 to 128 characters from A-Z a-z 0-9 . _ -",
            "two /more: is not known here",
            "three /: must be a JSON object");
  }
}
