package io.growthbus.bench.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DialectTest {
  @Test
  void a_page_of_the_product_is_ready_when_what_it_said_last_is_answered() {
    Dialect product = Dialect.product(List.of("me.prompts", "public.flags"));
    assertThat(product.hello("user-1")).hasSize(3).last().asString().contains("me.session");
    assertThat(product.isReady("{\"type\":\"rec\",\"address\":\"ready\",\"body\":{}}")).isTrue();
    assertThat(product.isReady("{\"type\":\"err\",\"address\":\"ready\"}")).isFalse();
    assertThat(product.isReady("{\"type\":\"rec\",\"address\":\"me.prompts\",\"body\":{}}"))
        .isFalse();
  }

  @Test
  void socket_io_is_answered_when_it_pings_and_told_the_name_once_it_has_connected() {
    Dialect socketIo = Dialect.socketIo();
    assertThat(socketIo.answer("2", "user-1")).contains("3");
    assertThat(socketIo.answer("40{\"sid\":\"a\"}", "user-1")).contains("42[\"hello\",\"user-1\"]");
    assertThat(socketIo.answer("42[\"message\",{}]", "user-1")).isEmpty();
  }
}
