package io.growthbus.shared.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.settings.Problems;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many of the users of one flag also have another one, both at 50 %. */
class FlagOverlapTest {
  private static final int USERS = 200_000;

  private static FlagSnapshot pair(String bucketing, String first, String second) {
    String flag =
        "{\"key\":\"%s\",\"enabled\":true,\"rollout_percentage\":50,\"bucketing\":\""
            + bucketing
            + "\"}";
    return new FlagSnapshot(
        1,
        GrowthConfigReader.read(
                "{\"flags\":{\"definitions\":["
                    + flag.formatted(first)
                    + ","
                    + flag.formatted(second)
                    + "]}}",
                new Problems())
            .flags());
  }

  /** Ids as sequences give them, and at random. */
  private static Stream<String> users(String form) {
    Random random = new Random(20_261_124);
    return IntStream.range(0, USERS)
        .mapToObj(
            i ->
                form.equals("sequence")
                    ? "user-" + i
                    : Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong()));
  }

  private static double overlap(FlagSnapshot flags, String first, String second, String users) {
    int[] counts = new int[2];
    users(users)
        .filter(user -> flags.evaluate(first, user).isOn())
        .forEach(
            user -> {
              counts[0]++;
              counts[1] += flags.evaluate(second, user).isOn() ? 1 : 0;
            });
    assertThat(counts[0]).isCloseTo(USERS / 2, within(USERS / 100));
    return 100.0 * counts[1] / counts[0];
  }

  @ParameterizedTest
  @ValueSource(strings = {"sequence", "random"})
  void under_murmur3_flags_with_keys_of_one_length_are_independent(String users) {
    FlagSnapshot flags = pair("murmur3", "new_export_a", "new_export_b");

    assertThat(overlap(flags, "new_export_a", "new_export_b", users)).isCloseTo(50, within(1.0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sequence", "random"})
  void under_the_seeds_hash_they_reach_nearly_the_same_users(String users) {
    FlagSnapshot flags = pair("seed", "new_export_a", "new_export_b");

    assertThat(overlap(flags, "new_export_a", "new_export_b", users)).isCloseTo(98, within(1.0));
  }

  @Test
  void under_murmur3_the_variant_does_not_follow_from_the_rollout() {
    FlagSnapshot flags =
        new FlagSnapshot(
            1,
            GrowthConfigReader.read(
                    """
                    {"flags": {"definitions": [{"key": "f", "enabled": true, "rollout_percentage": 50,
                      "bucketing": "murmur3", "variants": {"a": 1, "b": 2, "off": 0}, "on": "a", "off": "off",
                      "split": {"a": 50, "b": 50}}]}}
                    """,
                    new Problems())
                .flags());

    long[] reached = {0, 0};
    users("sequence")
        .map(user -> flags.evaluate("f", user).variant())
        .filter(variant -> !"off".equals(variant))
        .forEach(variant -> reached["a".equals(variant) ? 0 : 1]++);

    assertThat(100.0 * reached[0] / (reached[0] + reached[1])).isCloseTo(50, within(1.0));
  }
}
