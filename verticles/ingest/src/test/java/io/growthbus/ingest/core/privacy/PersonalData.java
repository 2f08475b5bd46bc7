package io.growthbus.ingest.core.privacy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Random;

/** Invented personal data and secrets of every kind that is looked for, written in many ways. */
public final class PersonalData {
  private static final String[] FIRST = {
    "ann", "Bob", "maría", "jürgen", "O'Neil", "li", "olga", "kwame", "Zoë", "x", "søren", "priya"
  };
  private static final String[] LAST = {
    "smith", "Müller", "garcia", "lopez", "ng", "van.dijk", "d'angelo", "kim", "petrov", "okafor"
  };
  private static final String[] DOMAINS = {
    "example.com", "mail.example.org", "sub.dept.example.co.uk", "müller.example.de",
    "x-y.example.io", "example.museum", "EXAMPLE.NET", "xn--bcher-kva.example"
  };
  private static final String BASE62 =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  private final Random random;

  public PersonalData(Random random) {
    this.random = random;
  }

  public enum Kind {
    EMAIL,
    PHONE,
    CARD,
    IBAN,
    IPV4,
    IPV6,
    JWT,
    TOKEN
  }

  /** Something of a kind, as a person or a program would write it. */
  public String some(Kind kind) {
    return switch (kind) {
      case EMAIL -> email();
      case PHONE -> phone();
      case CARD -> card();
      case IBAN -> iban();
      case IPV4 -> ipv4();
      case IPV6 -> ipv6();
      case JWT -> jwt();
      case TOKEN -> token();
    };
  }

  private String email() {
    String[] joins = {".", "_", "-", "+", ""};
    String local = one(FIRST) + one(joins) + one(LAST) + (random.nextBoolean() ? digits(2) : "");
    return local + "@" + one(DOMAINS);
  }

  private String phone() {
    String area = "" + (2 + random.nextInt(8)) + digits(2);
    String exchange = "" + (2 + random.nextInt(8)) + digits(2);
    String line = digits(4);
    int d = 1 + random.nextInt(9);
    return switch (random.nextInt(22)) {
      case 0 -> "+1 (" + area + ") " + exchange + "-" + line;
      case 1 -> "+1" + area + exchange + line;
      case 2 -> "(" + area + ") " + exchange + "-" + line;
      case 3 -> area + "-" + exchange + "-" + line;
      case 4 -> area + "." + exchange + "." + line;
      case 5 -> "1-" + area + "-" + exchange + "-" + line;
      case 6 -> "+49 151 " + digits(8);
      case 7 -> "+49 (0) 30 " + digits(7);
      case 8 -> "0" + d + digits(2) + "/" + digits(7);
      case 9 -> "0" + d + "0 " + digits(7);
      case 10 -> "(030) " + digits(3) + "-" + digits(4);
      case 11 -> "0049 30 " + digits(8);
      case 12 -> "+44 20 7946 0" + digits(3);
      case 13 -> "020 7946 0" + digits(3);
      case 14 -> "07" + digits(3) + " " + digits(6);
      case 15 -> "+33 " + d + " " + pairs(" ");
      case 16 -> "0" + d + " " + pairs(" ");
      case 17 -> "0" + d + "." + pairs(".");
      case 18 -> "+91 9" + digits(4) + " " + digits(5);
      case 19 -> "+81-90-" + digits(4) + "-" + digits(4);
      case 20 -> "+55 11 9" + digits(4) + "-" + digits(4);
      default -> "8 (9" + digits(2) + ") " + digits(3) + "-" + digits(2) + "-" + digits(2);
    };
  }

  private String pairs(String separator) {
    return String.join(separator, digits(2), digits(2), digits(2), digits(2));
  }

  private String card() {
    String[] prefixes = {
      "4", "51", "55", "2221", "2720", "34", "37", "6011", "65", "36", "3530", "62"
    };
    String prefix = one(prefixes);
    int length =
        switch (prefix) {
          case "34", "37" -> 15;
          case "36" -> 14;
          default -> 16;
        };
    String body = prefix + digits(length - 1 - prefix.length());
    String number = body + checkDigit(body);
    String gap = one(new String[] {"", " ", "-"});
    return length == 16
        ? String.join(
            gap,
            number.substring(0, 4),
            number.substring(4, 8),
            number.substring(8, 12),
            number.substring(12))
        : String.join(gap, number.substring(0, 4), number.substring(4, 10), number.substring(10));
  }

  /** By the definition of Luhn: from the right, every second digit is doubled. */
  private static int checkDigit(String body) {
    int sum = 0;
    for (int fromRight = 0; fromRight < body.length(); fromRight++) {
      int digit = body.charAt(body.length() - 1 - fromRight) - '0';
      int counted = fromRight % 2 == 0 ? 2 * digit : digit;
      sum += counted / 10 + counted % 10;
    }
    return (10 - sum % 10) % 10;
  }

  private String iban() {
    String country =
        one(new String[] {"DE18", "FR23", "GB18", "NL14", "ES20", "CH17", "PL24", "NO11"});
    String code = country.substring(0, 2);
    int length = Integer.parseInt(country.substring(2));
    String bban =
        switch (code) {
          case "GB" -> "WEST" + digits(length - 4);
          case "NL" -> "ABNA" + digits(length - 4);
          default -> digits(length);
        };
    StringBuilder numeric = new StringBuilder();
    for (char c : (bban + code + "00").toCharArray()) {
      numeric.append(Character.digit(c, 36));
    }
    int check = 98 - new BigInteger(numeric.toString()).mod(BigInteger.valueOf(97)).intValue();
    String iban = code + "%02d".formatted(check) + bban;
    return random.nextBoolean() ? iban : iban.replaceAll("(.{4})(?!$)", "$1 ");
  }

  private String ipv4() {
    return (1 + random.nextInt(223)) + "." + octet() + "." + octet() + "." + octet();
  }

  private int octet() {
    return 1 + random.nextInt(254);
  }

  private String ipv6() {
    return switch (random.nextInt(4)) {
      case 0 -> "2001:db8:" + hex(4) + ":" + hex(4) + "::" + hex(3);
      case 1 -> "fe80::" + hex(4) + ":" + hex(4) + ":" + hex(4) + ":" + hex(4);
      case 2 -> "2001:0db8:" + String.join(":", hex(4), hex(4), hex(4), hex(4), hex(4), hex(4));
      default -> "::ffff:" + ipv4();
    };
  }

  private String jwt() {
    String payload = "{\"sub\":\"" + digits(6) + "\",\"iat\":17" + digits(8) + "}";
    return base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "." + base64(payload) + "." + base62(43);
  }

  private String token() {
    return switch (random.nextInt(7)) {
      case 0 -> "Bearer " + base62(32) + digits(1);
      case 1 -> "sk_live_" + base62(24) + digits(1);
      case 2 -> "ghp_" + base62(35) + digits(1);
      case 3 -> "xoxb-" + digits(12) + "-" + base62(24);
      case 4 -> "AKIA" + digits(2) + base62(14).toUpperCase(Locale.ROOT);
      case 5 -> "AIza" + base62(34) + digits(1);
      default ->
          "Basic "
              + Base64.getEncoder()
                  .encodeToString(("u:" + base62(15)).getBytes(StandardCharsets.UTF_8));
    };
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  String digits(int count) {
    return from("0123456789", count);
  }

  String hex(int count) {
    return from("123456789abcdef", 1) + from("0123456789abcdef", count - 1);
  }

  String base62(int count) {
    return from(BASE62, count);
  }

  private String from(String alphabet, int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  <T> T one(T[] choices) {
    return choices[random.nextInt(choices.length)];
  }
}
