package io.growthbus.openfeature;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.settings.Problems;

/** Flags of every type and kind, as an operator writes them. */
final class TestFlags {
  private static final String ALL =
      """
      {"flags": {"definitions": [
        {"key": "boolean", "enabled": true, "rollout_percentage": 100},
        {"key": "boolean_zero", "enabled": true, "rollout_percentage": 0},
        {"key": "text", "enabled": true, "rollout_percentage": 100, "bucketing": "murmur3",
         "variants": {"greeting": "hi", "none": ""}, "on": "greeting", "off": "none"},
        {"key": "text_zero", "enabled": true, "rollout_percentage": 0, "bucketing": "murmur3",
         "variants": {"greeting": "hi", "none": ""}, "on": "greeting", "off": "none"},
        {"key": "integer", "enabled": true, "rollout_percentage": 100, "bucketing": "murmur3",
         "variants": {"ten": 10, "zero": 0}, "on": "ten", "off": "zero"},
        {"key": "integer_zero", "enabled": true, "rollout_percentage": 0, "bucketing": "murmur3",
         "variants": {"ten": 10, "zero": 0}, "on": "ten", "off": "zero"},
        {"key": "largest_integer", "enabled": true, "rollout_percentage": 100, "bucketing": "murmur3",
         "variants": {"max": 2147483647, "min": -2147483648}, "on": "max", "off": "min"},
        {"key": "long", "enabled": true, "rollout_percentage": 100, "bucketing": "murmur3",
         "variants": {"odd": 9007199254740993, "zero": 0}, "on": "odd", "off": "zero"},
        {"key": "double", "enabled": true, "rollout_percentage": 100, "bucketing": "murmur3",
         "variants": {"half": 0.5, "ten": 10.0}, "on": "half", "off": "ten"},
        {"key": "whole_double", "enabled": true, "rollout_percentage": 0, "bucketing": "murmur3",
         "variants": {"half": 0.5, "ten": 10.0}, "on": "half", "off": "ten"},
        {"key": "object", "enabled": true, "rollout_percentage": 100, "bucketing": "murmur3",
         "variants": {"full": {"title": "Pictures", "perPage": 100, "ratio": 0.5, "show": true,
                               "sizes": [1, 2], "border": {"width": 0}, "none": null},
                      "empty": {}},
         "on": "full", "off": "empty"},
        {"key": "half", "enabled": true, "rollout_percentage": 50, "target_users": ["named"]},
        {"key": "disabled", "enabled": false, "rollout_percentage": 100},
        {"key": "ruled", "enabled": true, "rollout_percentage": 0, "bucketing": "murmur3",
         "rules": [
           {"key": "german", "if": [{"attribute": "address.country", "values": ["DE"]},
                                    {"attribute": "groups", "values": ["beta"]},
                                    {"attribute": "since", "operator": "after", "values": ["2026-01-01"]}]},
           {"key": "nobody", "if": [{"attribute": "plan", "values": ["old"]}], "rollout_percentage": 0}]},
        {"key": "needing", "enabled": true, "rollout_percentage": 100, "bucketing": "murmur3",
         "prerequisites": [{"flag": "boolean_zero", "variants": ["on"]}]},
        {"key": "tiered", "enabled": true, "rollout_percentage": 0, "bucketing": "murmur3",
         "rules": [{"key": "free_only", "if": [{"attribute": "tier", "values": ["free"]}]}]}
      ]}}
      """;

  private TestFlags() {}

  /** All of them. */
  static Flags all() {
    return of(ALL);
  }

  /** All of them, with another share of the flag {@code boolean}. */
  static Flags withBooleanAt(int percentage) {
    return of(
        ALL.replace(
            "\"boolean\", \"enabled\": true, \"rollout_percentage\": 100",
            "\"boolean\", \"enabled\": true, \"rollout_percentage\": " + percentage));
  }

  private static Flags of(String json) {
    Problems problems = new Problems();
    Flags flags = GrowthConfigReader.read(json, problems).flags();
    assertThat(problems.errors()).isEmpty();
    return flags;
  }
}
