package io.growthbus.edge.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OriginRulesTest {
  private static final List<String> ALLOWED = List.of("https://app.example.com");
  private static final OriginRules KEYED = new OriginRules(ALLOWED, false);
  private static final OriginRules OPEN = new OriginRules(ALLOWED, true);

  @ParameterizedTest
  @CsvSource(
      nullValues = "absent",
      textBlock =
          """
          absent,                             growth.example.com, true
          absent,                             absent,             true
          https://app.example.com,            growth.example.com, true
          https://growth.example.com,         growth.example.com, true
          http://growth.example.com:8080,     growth.example.com:8080, true
          https://growth.example.com:8080,    growth.example.com, false
          http://app.example.com,             growth.example.com, false
          https://app.example.com:443,        growth.example.com, false
          https://app.example.com/,           growth.example.com, false
          https://APP.example.com,            growth.example.com, false
          https://app.example.com.evil.com,   growth.example.com, false
          https://evil-app.example.com,       growth.example.com, false
          https://sub.app.example.com,        growth.example.com, false
          https://example.com,                growth.example.com, false
          null,                               growth.example.com, false
          '',                                 growth.example.com, false
          https://evil.com,                   absent,             false
          """)
  void a_present_origin_must_be_the_nodes_own_or_listed_letter_by_letter(
      @Nullable String origin, @Nullable String host, boolean permitted) {
    assertThat(KEYED.permits(origin, host)).isEqualTo(permitted);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "absent",
      textBlock =
          """
          absent,                  localhost:8080,      true
          absent,                  localhost,           true
          absent,                  127.0.0.1:8080,      true
          absent,                  [::1]:8080,          true
          absent,                  [::1],               true
          http://localhost:8080,   localhost:8080,      true
          https://app.example.com, 127.0.0.1:8080,      true
          absent,                  absent,              false
          absent,                  '',                  false
          absent,                  evil.com,            false
          absent,                  evil.com:8080,       false
          absent,                  localhost.evil.com,  false
          absent,                  127.0.0.1.nip.io,    false
          absent,                  0.0.0.0:8080,        false
          http://evil.com:8080,    evil.com:8080,       false
          http://localhost:3000,   localhost:8080,      false
          https://evil.com,        localhost:8080,      false
          https://app.example.com, evil.com:8080,       false
          """)
  void an_open_node_answers_under_loopback_names_only(
      @Nullable String origin, @Nullable String host, boolean permitted) {
    assertThat(OPEN.permits(origin, host)).isEqualTo(permitted);
  }

  @Test
  void only_a_foreign_origin_needs_cors_headers() {
    assertThat(KEYED.isCrossOrigin(null, "a.example")).isFalse();
    assertThat(KEYED.isCrossOrigin("https://a.example", "a.example")).isFalse();
    assertThat(KEYED.isCrossOrigin("https://app.example.com", "a.example")).isTrue();
  }
}
