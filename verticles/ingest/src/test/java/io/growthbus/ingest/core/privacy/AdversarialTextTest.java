package io.growthbus.ingest.core.privacy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The work on a text is linear in its length, whatever it holds; counted in characters read. */
class AdversarialTextTest {
  private static final int LENGTH = 32 * 1024;

  /**
   * Characters read per character, at most; some five milliseconds for 32 KB would be thousands.
   */
  private static final int MOST = 150;

  private static long steps(String text) {
    Scan scan = new Scan(text.toCharArray(), 0, text.length(), KeyNames.STANDARD, false, 0);
    assertThat(scan.run()).isNotNull();
    return scan.steps();
  }

  private static String repeated(String piece) {
    return piece.repeat(LENGTH / piece.length());
  }

  static Stream<String> pieces() {
    return Stream.of(
        "@",
        "a@",
        "a@a",
        "a.",
        "a.a@",
        "a@a.",
        "a@a.b",
        "%",
        "%4",
        "%40",
        "a%40",
        "%25",
        "%2540",
        "%252540",
        "1",
        "1 ",
        "12 ",
        "123 ",
        "1234 ",
        "4111 ",
        "4111-",
        "41111111111111 ",
        "0",
        "00",
        "01 ",
        "0 1",
        "+",
        "+1",
        "+1 ",
        "(",
        "(1",
        "1(",
        "1)",
        "1.",
        "1.1.1.1.",
        "255.",
        "1/",
        "1-",
        "DE89",
        "DE89 ",
        "GB82WEST",
        "DE89 3704 0044 0532 0130 01 ",
        "f:",
        "f::",
        "::",
        ":",
        "1:",
        "ffff:",
        "::ffff:1.2.3.",
        "eyJ",
        "eyJ-",
        "eyJ.",
        "eyJaaaaaaaa.",
        "eyJaaaaaaaa.bbb",
        "eyJaaaaaaaa-",
        "bearer ",
        "bearer",
        "Basic ",
        "Basic A",
        "sk_live_",
        "ghp_a",
        "xoxb-1",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "BEGIN ",
        "=",
        "a=",
        "token=",
        "token",
        "token_",
        "tokenToken",
        "passwordpasswor",
        "\"token\":",
        "\"token\":\"",
        "\\\"token\\\":\\\"",
        "\\",
        "\\\"",
        "'",
        "://",
        "a://",
        "a://b",
        "a://b@",
        "a://@",
        "&",
        "?a=%41&",
        "é",
        "\uD83D\uDE00",
        "a1",
        "1a",
        "_",
        "-",
        "[email]",
        "tel ",
        "tel 1",
        "v 1.1.1.1");
  }

  @ParameterizedTest
  @MethodSource("pieces")
  void a_piece_that_is_repeated_costs_a_bounded_number_of_steps_per_character(String piece) {
    for (String text :
        new String[] {
          repeated(piece),
          repeated(piece) + "@",
          "@" + repeated(piece),
          "token=" + repeated(piece),
          "eyJ" + repeated(piece),
          "a://" + repeated(piece),
          "%41" + repeated(piece),
          "\"pin\":\"" + repeated(piece)
        }) {
      assertThat(steps(text))
          .as(text.substring(0, 60))
          .isLessThanOrEqualTo((long) MOST * text.length());
    }
  }

  @ParameterizedTest
  @MethodSource("pieces")
  void twice_the_length_costs_twice_the_steps(String piece) {
    long once = steps(repeated(piece));
    long twice = steps(repeated(piece) + repeated(piece));

    assertThat(twice).isLessThanOrEqualTo(2 * once + once / 10 + 1_000);
  }

  @Property(tries = 300)
  void pieces_in_any_order_cost_a_bounded_number_of_steps_per_character(
      @ForAll @From("mixtures") String text) {
    assertThat(steps(text)).isLessThanOrEqualTo((long) MOST * text.length() + 1_000);
  }

  @Provide
  Arbitrary<String> mixtures() {
    return Arbitraries.of(pieces().toList())
        .list()
        .ofMinSize(1)
        .ofMaxSize(6)
        .map(list -> String.join("", list))
        .map(mixture -> mixture.repeat(4_096 / mixture.length()));
  }
}
