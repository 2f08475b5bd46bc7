package io.growthbus.bench.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.bench.flags.peer.FlagSystem;
import io.growthbus.bench.flags.peer.Users;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BenchFlagsTest {
  static Stream<FlagSystem> systems() {
    return Stream.of(new SnapshotFlags(), new ClientFlags(), new Murmur3Flags(), new PlainFlags());
  }

  @ParameterizedTest
  @MethodSource("systems")
  void the_rule_concerns_those_of_whom_all_three_attributes_are_right(FlagSystem system) {
    try (system) {
      assertThat(users().filter(system::rule).boxed()).containsExactly(right());
    }
  }

  @ParameterizedTest
  @MethodSource("systems")
  void about_half_of_the_users_are_in_the_rollout(FlagSystem system) {
    try (system) {
      assertThat(users().filter(system::rollout).count())
          .isBetween(45L * Users.COUNT / 100, 55L * Users.COUNT / 100);
    }
  }

  private static IntStream users() {
    return IntStream.range(0, Users.COUNT);
  }

  private static Integer[] right() {
    return users().filter(Users::fits).boxed().toArray(Integer[]::new);
  }
}
