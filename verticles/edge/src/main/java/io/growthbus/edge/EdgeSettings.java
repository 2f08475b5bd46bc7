package io.growthbus.edge;

import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Settings of edge.
 *
 * @param host address that it listens on
 * @param port HTTP port; 0 = a free one
 * @param publishableKey key of browsers, or null
 * @param secretKey key of the customer's servers, or null
 * @param adminKey key of operators, or null
 * @param tokenSecret signs user tokens, or null
 * @param allowedOrigins origins of pages that may call, compared exactly
 * @param bodyBytes largest body as sent
 * @param inflatedBytes largest body after decompression
 * @param drainDelay how long it goes on serving after a stop was asked for, so that balancers
 *     notice
 * @param drainTimeout longest wait for requests that are under way
 * @param socketsPerUser open sockets of one user; the oldest one is closed beyond that
 * @param socketsPerNode open sockets of this node
 * @param promptLook how often prompts of open pages are looked for that no message told of
 * @param streamsPerAddress open event streams of one address, and as many open sockets
 * @param streamsPerNode open event streams of this node
 * @param demoWebhookSecret signs the demo's upgrade, only in open mode
 */
public record EdgeSettings(
    String host,
    int port,
    @Nullable Secret publishableKey,
    @Nullable Secret secretKey,
    @Nullable Secret adminKey,
    @Nullable Secret tokenSecret,
    List<String> allowedOrigins,
    int bodyBytes,
    int inflatedBytes,
    Duration drainDelay,
    Duration drainTimeout,
    int socketsPerUser,
    int socketsPerNode,
    Duration promptLook,
    int streamsPerAddress,
    int streamsPerNode,
    @Nullable Secret demoWebhookSecret) {

  private static final int SHORTEST_TOKEN_SECRET = 32;
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1", "[::1]");

  public static EdgeSettings from(Settings settings) {
    return new EdgeSettings(
        settings.text("http.host", "Address that the node listens on", "127.0.0.1"),
        settings.integer("http.port", "HTTP port; 0 = a free one", 8080, 0, 65_535),
        settings.secret("publishable.key", "Key of browsers; not secret"),
        settings.secret("secret.key", "Key of the customer's servers"),
        settings.secret("admin.key", "Key of operators"),
        settings.secret("token.secret", "Signs user tokens; 32 bytes or more"),
        settings.list("allowed.origins", "Origins of pages that may call, compared exactly", ""),
        settings.size("http.body.max", "Largest body as sent", "512KiB", "1KiB", "64MiB"),
        settings.size(
            "http.body.inflated.max", "Largest body after decompression", "1MiB", "1KiB", "64MiB"),
        settings.duration(
            "http.drain.delay",
            "How long a node goes on serving after a stop was asked for",
            "300ms",
            "0ms",
            "60s"),
        settings.duration(
            "http.drain.timeout", "Longest wait for requests under way", "10s", "0ms", "5m"),
        settings.integer("socket.user.max", "Open sockets of one user", 10, 1, 1_000),
        settings.integer("socket.node.max", "Open sockets of a node", 20_000, 1, 1_000_000),
        settings.duration(
            "socket.look",
            "How often prompts of open pages are looked for that no message told of",
            "10s",
            "100ms",
            "5m"),
        settings.integer(
            "stream.address.max",
            "Open event streams of one address, and as many open sockets",
            50,
            1,
            1_000_000),
        settings.integer("stream.node.max", "Open event streams of a node", 20_000, 1, 1_000_000),
        null);
  }

  /** Whether everything is allowed without credentials, on loopback only. */
  public boolean openMode() {
    return publishableKey == null && secretKey == null && adminKey == null;
  }

  /** Notes combinations that must not start. */
  public void check(Problems problems) {
    if (openMode()) {
      if (!LOOPBACK.contains(host)) {
        problems.error(
            "http.host",
            "must be 127.0.0.1 as long as no keys are configured, because everything is allowed"
                + " then; set GROWTHBUS_PUBLISHABLE_KEY, GROWTHBUS_SECRET_KEY, GROWTHBUS_ADMIN_KEY and"
                + " GROWTHBUS_TOKEN_SECRET to listen elsewhere");
      }
    } else {
      List<String> missing = new ArrayList<>();
      require(publishableKey, "publishable.key", missing);
      require(secretKey, "secret.key", missing);
      require(adminKey, "admin.key", missing);
      require(tokenSecret, "token.secret", missing);
      missing.forEach(
          name ->
              problems.error(
                  name,
                  "must be set once any key is configured ("
                      + Settings.environmentName(name)
                      + ")"));
    }
    if (tokenSecret != null
        && tokenSecret.reveal().getBytes(StandardCharsets.UTF_8).length < SHORTEST_TOKEN_SECRET) {
      problems.error("token.secret", "must have 32 bytes or more, such as: openssl rand -hex 32");
    }
    different(problems);
    for (String origin : allowedOrigins) {
      if (!origin.matches("https?://[^/\\s*]+")) {
        problems.error(
            "allowed.origins",
            "\"" + origin + "\" must look like https://app.example.com, without a path");
      }
    }
  }

  /** The publishable key is public, so none of the others may be like it, nor one stand for two. */
  private void different(Problems problems) {
    Map<Secret, String> names = new LinkedHashMap<>();
    note(publishableKey, "publishable.key", names, problems);
    note(secretKey, "secret.key", names, problems);
    note(adminKey, "admin.key", names, problems);
    note(tokenSecret, "token.secret", names, problems);
  }

  private static void note(
      @Nullable Secret secret, String name, Map<Secret, String> names, Problems problems) {
    String other = secret == null ? null : names.putIfAbsent(secret, name);
    if (other != null) {
      problems.error(name, "must be another value than " + other);
    }
  }

  private static void require(@Nullable Secret secret, String name, List<String> missing) {
    if (secret == null) {
      missing.add(name);
    }
  }

  /** The same with a token secret. */
  public EdgeSettings withTokenSecret(Secret secret) {
    return with(port, secret, demoWebhookSecret);
  }

  /** The same with the secret that signs the demo's upgrade. */
  public EdgeSettings withDemoWebhookSecret(Secret secret) {
    return with(port, tokenSecret, secret);
  }

  /** The same on another port. */
  public EdgeSettings withPort(int other) {
    return with(other, tokenSecret, demoWebhookSecret);
  }

  private EdgeSettings with(int other, @Nullable Secret token, @Nullable Secret demo) {
    return new EdgeSettings(
        host,
        other,
        publishableKey,
        secretKey,
        adminKey,
        token,
        allowedOrigins,
        bodyBytes,
        inflatedBytes,
        drainDelay,
        drainTimeout,
        socketsPerUser,
        socketsPerNode,
        promptLook,
        streamsPerAddress,
        streamsPerNode,
        demo);
  }
}
