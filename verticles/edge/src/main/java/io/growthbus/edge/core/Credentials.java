package io.growthbus.edge.core;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Credentials as a request presents them: keys, and at most one user token.
 *
 * @param keys every key presented, wherever it travelled
 * @param userToken a text of the form of a JWT, or null
 */
public record Credentials(List<String> keys, @Nullable String userToken) {
  // Begins as every JSON object in base64 does, so that a key may have dots.
  private static final Pattern JWT =
      Pattern.compile("ey[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*");
  private static final int LONGEST = 4_096;

  /**
   * Reads them from where they may stand.
   *
   * @param authorization header {@code Authorization}: {@code Bearer} key or token, or {@code
   *     Basic} with the key as user name
   * @param apiKey header {@code X-API-Key}
   * @param queryKey query parameter {@code key}
   */
  public static Credentials of(
      @Nullable String authorization, @Nullable String apiKey, @Nullable String queryKey) {
    List<String> keys = new ArrayList<>();
    String token = null;
    if (authorization != null && authorization.length() <= LONGEST) {
      int space = authorization.indexOf(' ');
      String scheme = space < 0 ? "" : authorization.substring(0, space).toLowerCase(Locale.ROOT);
      String value = authorization.substring(space + 1).strip();
      if (scheme.equals("bearer") && JWT.matcher(value).matches()) {
        token = value;
      } else if (scheme.equals("bearer")) {
        add(keys, value);
      } else if (scheme.equals("basic")) {
        add(keys, basicUser(value));
      }
    }
    add(keys, apiKey);
    add(keys, queryKey);
    return new Credentials(List.copyOf(keys), token);
  }

  /** The same with what a beacon carries in its body, because it can set no header. */
  public Credentials withBody(@Nullable String writeKey, @Nullable String bodyToken) {
    List<String> all = new ArrayList<>(keys);
    add(all, writeKey);
    String fromBody = bodyToken == null || bodyToken.isEmpty() ? null : bodyToken;
    return new Credentials(List.copyOf(all), userToken == null ? fromBody : userToken);
  }

  private static void add(List<String> keys, @Nullable String key) {
    if (key != null && !key.isEmpty() && key.length() <= LONGEST) {
      keys.add(key);
    }
  }

  private static @Nullable String basicUser(String encoded) {
    try {
      String pair = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
      int colon = pair.indexOf(':');
      return colon < 0 ? pair : pair.substring(0, colon);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
