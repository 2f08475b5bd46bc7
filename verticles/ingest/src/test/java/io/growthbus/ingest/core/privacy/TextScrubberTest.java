package io.growthbus.ingest.core.privacy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextScrubberTest {
  private static final TextScrubber SCRUBBER = new TextScrubber(KeyNames.STANDARD);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "ann@example.com | [email]",
        "Write to <Ann.O'Neil+x@mail.example.co.uk>. | Write to <[email]>.",
        "jürgen@müller.de, 李@例子.中国 | [email], [email]",
        "a@b.com@c.org | [email]@c.org",
        "call +1 (202) 555-0123 now | call [phone] now",
        "(030) 123-4567 or 0171/2345678 | [phone] or [phone]",
        "tel:5550123456 | tel:[phone]",
        "004915112345678 | [phone]",
        "电话138 1234 5678。 | 电话[phone]。",
        "4111111111111111 | [card]",
        "3782-822463-10005, 4242 4242 4242 4242 | [card], [card]",
        "2 4111 1111 1111 1111 3 | 2 [card] 3",
        "card_4111111111111111_x | card_[card]_x",
        "GB82 WEST 1234 5698 7654 32 | [iban]",
        "de89370400440532013000 | [iban]",
        "078-05-1120 | [ssn]",
        "from 192.168.0.17:8080 | from [ip]:8080",
        "http://10.0.0.1/a | http://[ip]/a",
        "[2001:db8::8a2e:370:7334] fe80::1%eth0 | [[ip]] [ip]%eth0",
        "::ffff:10.1.2.3 | [ip]",
        "Authorization: Bearer abcdef123456 | Authorization: Bearer [token]",
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== | Basic [token]",
        "key sk_live_4eC39HqLyjWDarjtT1zdp7dc. | key [token].",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln | [jwt]",
        "https://ann:pw@example.com/ | https://[redacted]@example.com/",
        "/a?email=x&page=2&token=t0&q=1 | /a?email=[redacted]&page=2&token=[redacted]&q=1",
        "/reset?q=ann%40example.com&x=%2B49%20151%2012345678 | /reset?q=[email]&x=[phone]",
        "/u/ann%2540example.com/x | /u/[email]/x",
        "{\"password\":\"p\\\"w\",\"a\":1,\"pin\": 1234} |"
            + " {\"password\":\"[redacted]\",\"a\":1,\"pin\": [redacted]}",
        "{\\\"apiKey\\\":\\\"k\\\",\\\"b\\\":2} | {\\\"apiKey\\\":\\\"[redacted]\\\",\\\"b\\\":2}",
        "password='hunter two' x | password='[redacted]' x",
        "-----BEGIN RSA PRIVATE KEY-----A-----END RSA PRIVATE KEY----- b | [token] b",
      })
  void what_is_found_is_replaced_and_the_rest_is_kept(String text, String expected) {
    assertThat(SCRUBBER.scrub(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "4111111111111112",
        "0.4111111111111111",
        "x4111111111111111",
        "94111111111111111",
        "4111-1111-1111-1111-ab",
        "GB83WEST12345698765432",
        "1.2.3.4.5",
        "256.1.1.1",
        "10.0.0.0",
        "Chrome/120.1.2.3",
        "version 1.2.3.4",
        "12:30:45",
        "00:1b:44:11:3a:b7",
        "Foo::Bar a[1::2]",
        "24.12.2025 18:30",
        "01-02-2024-1234",
        "2025-11-24T17:44:00.123+0100",
        "1764000000123",
        "0012345678",
        "555 1234",
        "the bearer understands basic engineering",
        "user@localhost react@18.2.0 logo@2x.png",
        "tokens=12&token_count=5&email_sent=yes",
        "https://example.com/a@b",
        "100%25 of 50%",
      })
  void what_only_looks_like_it_is_kept(String text) {
    assertThat(SCRUBBER.scrub(text)).isSameAs(text);
  }

  @Test
  void four_numbers_of_a_version_are_no_address() {
    char[] text = "1.2.3.4".toCharArray();

    assertThat(SCRUBBER.scrub(text, 0, text.length, true)).isEmpty();
    assertThat(SCRUBBER.scrub(text, 0, text.length, false)).contains("[ip]");
  }

  @Test
  void only_the_part_that_is_given_is_read() {
    char[] text = "9[4111111111111111]9 a@b.cd".toCharArray();

    assertThat(SCRUBBER.scrub(text, 2, 18, false)).contains("[card]");
    assertThat(SCRUBBER.scrub(text, 3, 18, false)).isEmpty();
  }

  @Property(tries = 2_000)
  void scrubbing_twice_is_the_same_as_once(@ForAll("texts") String text) {
    String once = SCRUBBER.scrub(text);

    assertThat(SCRUBBER.scrub(once)).isSameAs(once);
  }

  @Property(tries = 2_000)
  void a_text_grows_by_no_more_than_a_marker_for_each_two_characters(@ForAll("texts") String text) {
    int marker = Marker.REDACTED.text().length();

    assertThat(SCRUBBER.scrub(text).length()).isLessThanOrEqualTo((text.length() + 2) * marker / 2);
  }

  @Property(tries = 500)
  void a_text_of_letters_and_spaces_is_the_same_object(@ForAll @From("letters") String text) {
    assertThat(SCRUBBER.scrub(text)).isSameAs(text);
  }

  @Provide
  Arbitrary<String> letters() {
    return Arbitraries.strings().withCharRange('a', 'z').withChars(" ,.!?äöüßéñ世界").ofMaxLength(80);
  }

  /** Pieces of what is looked for, in any order and touching each other. */
  @Provide
  Arbitrary<String> texts() {
    List<String> pieces =
        Arrays.asList(
            "4111111111111111",
            "4111 1111",
            " 1111 1111",
            "+49",
            "030 ",
            "1234567",
            "(202) ",
            "555-0123",
            "ann",
            "@",
            "example.com",
            ".",
            "10.0",
            ".0.1",
            "fe80",
            "::",
            ":",
            "1",
            "eyJhbGciOi",
            ".eyJzdWI.",
            "Bearer ",
            "abc123456",
            "sk_live_4eC39HqLyj1",
            "token",
            "password",
            "=",
            "&",
            "?",
            "%40",
            "%2",
            "0",
            "\"",
            "\\",
            "'",
            "https://",
            "/",
            " ",
            "-",
            "_",
            "[",
            "]",
            "[email]",
            "[redacted]",
            "GB82WEST",
            "12345698765432",
            "é",
            "x",
            ",",
            "-----BEGIN PRIVATE KEY-----",
            "{\"pin\":",
            "%25");
    return Arbitraries.of(pieces).list().ofMaxSize(12).map(list -> String.join("", list));
  }
}
