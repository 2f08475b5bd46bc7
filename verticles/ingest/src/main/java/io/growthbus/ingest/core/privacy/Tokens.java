package io.growthbus.ingest.core.privacy;

/** What opens a door: JSON web tokens, values of authorization headers, keys of known services. */
final class Tokens {
  private static final int SHORTEST_BEARER = 8;

  /** Within this many characters a key has a digit. */
  private static final int MOST_OF_KEY = 64;

  /** Beginnings that services give their keys, and how many characters follow at least. */
  private enum Service {
    STRIPE_LIVE("sk_live_", 10),
    STRIPE_TEST("sk_test_", 10),
    STRIPE_RESTRICTED_LIVE("rk_live_", 10),
    STRIPE_RESTRICTED_TEST("rk_test_", 10),
    WEBHOOK_SECRET("whsec_", 16),
    GITHUB_PERSONAL("ghp_", 30),
    GITHUB_OAUTH("gho_", 30),
    GITHUB_USER("ghu_", 30),
    GITHUB_SERVER("ghs_", 30),
    GITHUB_REFRESH("ghr_", 30),
    GITHUB_FINE("github_pat_", 30),
    GITLAB("glpat-", 16),
    SLACK_BOT("xoxb-", 16),
    SLACK_USER("xoxp-", 16),
    SLACK_APP("xoxa-", 16),
    SLACK_REFRESH("xoxr-", 16),
    SLACK_SESSION("xoxs-", 16),
    NPM("npm_", 30),
    PYPI("pypi-", 30),
    AWS("AKIA", 16),
    AWS_TEMPORARY("ASIA", 16),
    GOOGLE("AIza", 30),
    GOOGLE_OAUTH("ya29.", 20),
    SENDGRID("SG.", 30),
    SHOPIFY("shpat_", 24),
    DIGITAL_OCEAN("dop_v1_", 30),
    HUGGING_FACE("hf_", 30),
    MODEL_PROVIDER("sk-", 30);

    private static final Service[] ALL = values();

    private final String prefix;
    private final int least;

    Service(String prefix, int least) {
      this.prefix = prefix;
      this.least = least;
    }
  }

  private Tokens() {}

  /** Whether two letters may begin what is looked for; most words do not. */
  static boolean mayBegin(char first, char second) {
    return switch (first) {
      case 'e' -> second == 'y';
      case 'b', 'B' -> second == 'e' || second == 'a' || second == 'E' || second == 'A';
      case 's' -> second == 'k' || second == 'h';
      case 'r' -> second == 'k';
      case 'w' -> second == 'h';
      case 'g' -> second == 'h' || second == 'i' || second == 'l';
      case 'x', 'd' -> second == 'o';
      case 'n' -> second == 'p';
      case 'p' -> second == 'y';
      case 'A' -> second == 'K' || second == 'S' || second == 'I';
      case 'y' -> second == 'a';
      case 'S' -> second == 'G';
      case 'h' -> second == 'f';
      default -> false;
    };
  }

  /** Looks at the word that begins here with a letter. */
  static int find(Scan scan, int at, char c) {
    return switch (c) {
      case 'e' -> jwt(scan, at);
      case 'b' -> scheme(scan, at);
      case 'B' ->
          scan.matchesExactly(at - 5, "-----BEGIN ") ? privateKey(scan, at) : scheme(scan, at);
      default -> service(scan, at);
    };
  }

  private static int jwt(Scan scan, int at) {
    if (at < scan.noJwtBefore() || !scan.matchesExactly(at, "eyJ")) {
      return at;
    }
    int header = part(scan, at);
    scan.noJwtBefore(header);
    if (header - at < 8 || scan.at(header) != '.') {
      return at;
    }
    int payload = part(scan, header + 1);
    if (payload - header < 3 || scan.at(payload) != '.') {
      return at;
    }
    int end = part(scan, payload + 1);
    while (scan.at(end) == '.' && Chars.isToken(scan.at(end + 1))) {
      end = part(scan, end + 1);
    }
    return scan.replace(at, end, Marker.JWT);
  }

  private static int part(Scan scan, int from) {
    int to = from;
    while (Chars.isToken(scan.at(to))) {
      to++;
    }
    return to;
  }

  private static int scheme(Scan scan, int at) {
    boolean bearer = scan.matches(at, "bearer");
    if (!bearer && !scan.matches(at, "basic")) {
      return at;
    }
    int from = at + (bearer ? 6 : 5);
    if (!Chars.isSpace(scan.at(from)) && scan.at(from) != ':') {
      return at;
    }
    while ((from < scan.end() && Chars.isSpace(scan.at(from))) || scan.at(from) == ':') {
      from++;
    }
    boolean digit = false;
    boolean upper = false;
    int to = from;
    for (; isCredential(scan.at(to)); to++) {
      digit |= Chars.isDigit(scan.at(to));
      upper |= scan.at(to) >= 'A' && scan.at(to) <= 'Z' && to > from;
    }
    boolean long16 = to - from >= 2 * SHORTEST_BEARER;
    boolean varied = digit || long16;
    boolean token = bearer ? varied : upper && (varied || scan.at(to - 1) == '=');
    return token && to - from >= SHORTEST_BEARER ? scan.replace(from, to, Marker.TOKEN) : at;
  }

  private static boolean isCredential(char c) {
    return Chars.isToken(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
  }

  private static int service(Scan scan, int at) {
    for (Service service : Service.ALL) {
      if (scan.matchesExactly(at, service.prefix)) {
        return key(scan, at, service);
      }
    }
    return at;
  }

  private static int key(Scan scan, int at, Service service) {
    int from = at + service.prefix.length();
    int to = from;
    boolean digit = false;
    while (to - from < MOST_OF_KEY && isKey(scan, to)) {
      digit |= Chars.isDigit(scan.at(to));
      to++;
    }
    if (to - from < service.least || !digit) {
      return at;
    }
    while (isKey(scan, to)) {
      to++;
    }
    return scan.replace(at, to, Marker.TOKEN);
  }

  private static boolean isKey(Scan scan, int at) {
    return Chars.isToken(scan.at(at)) || (scan.at(at) == '.' && Chars.isToken(scan.at(at + 1)));
  }

  private static int privateKey(Scan scan, int at) {
    int label = at;
    while (Chars.isWord(scan.at(label)) || scan.at(label) == ' ') {
      label++;
    }
    if (!scan.matchesExactly(label - 11, "PRIVATE KEY-----")) {
      return at;
    }
    int to = label;
    while (to < scan.end() && !scan.matchesExactly(to, "-----END")) {
      to++;
    }
    // Past the second line's name and dashes, as far as they are there.
    int end = Math.min(scan.end(), to + 8);
    while (Chars.isWord(scan.at(end)) || scan.at(end) == ' ') {
      end++;
    }
    while (scan.at(end) == '-') {
      end++;
    }
    return scan.replace(at - 5, end, Marker.TOKEN);
  }
}
