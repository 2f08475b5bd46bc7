package io.growthbus.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ErrorKindTest {
  @Test
  void the_numbers_that_travel_between_nodes_never_change() {
    assertThat(
            Arrays.stream(ErrorKind.values())
                .map(kind -> kind.number() + " " + kind)
                .collect(Collectors.joining(", ")))
        .startsWith(
            "1 INVALID, 2 UNAUTHENTICATED, 3 FORBIDDEN, 4 NOT_FOUND, 5 CONFLICT, 6 TOO_LARGE,"
                + " 7 UNSUPPORTED, 8 TOO_MANY, 9 INTERNAL, 10 UNAVAILABLE");
  }

  @Test
  void every_kind_is_found_by_its_number() {
    for (ErrorKind kind : ErrorKind.values()) {
      assertThat(ErrorKind.ofNumber(kind.number())).isEqualTo(kind);
    }
  }

  @Test
  void a_number_of_a_newer_node_is_an_internal_failure() {
    assertThat(ErrorKind.ofNumber(99)).isEqualTo(ErrorKind.INTERNAL);
    assertThat(ErrorKind.ofNumber(-1)).isEqualTo(ErrorKind.INTERNAL);
  }
}
