package io.growthbus.edge.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.core.Principal.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PrincipalTest {

  @ParameterizedTest
  @CsvSource({
    "OPEN,     true,  false, true,  true",
    "BROWSER,  true,  false, false, false",
    "USER,     false, true,  false, false",
    "SERVER,   false, false, true,  false",
    "OPERATOR, false, false, false, true",
  })
  void an_open_node_lets_a_caller_be_anyone_but_a_user(
      Kind kind, boolean browser, boolean user, boolean server, boolean operator) {
    Principal principal = new Principal(kind, kind == Kind.USER ? "ada" : null);
    assertThat(principal.isOneOf(Kind.BROWSER)).isEqualTo(browser);
    assertThat(principal.isOneOf(Kind.USER)).isEqualTo(user);
    assertThat(principal.isOneOf(Kind.SERVER)).isEqualTo(server);
    assertThat(principal.isOneOf(Kind.OPERATOR)).isEqualTo(operator);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void only_the_secret_key_or_an_open_node_speaks_for_any_user(Kind kind) {
    assertThat(new Principal(kind, null).isServer())
        .isEqualTo(kind == Kind.SERVER || kind == Kind.OPEN);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void a_list_of_nobody_admits_nobody(Kind kind) {
    assertThat(new Principal(kind, null).isOneOf()).isFalse();
  }
}
