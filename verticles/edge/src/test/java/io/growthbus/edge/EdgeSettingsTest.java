package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Secret;
import io.growthbus.shared.settings.Settings;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EdgeSettingsTest {
  private static final String TOKEN_SECRET = "0123456789abcdef0123456789abcdef";

  private final Map<String, String> environment = new HashMap<>();

  private EdgeSettings settings() {
    Problems problems = new Problems();
    EdgeSettings settings =
        EdgeSettings.from(new Settings(new Properties(), environment, problems));
    assertThat(problems.errors()).isEmpty();
    return settings;
  }

  private List<String> errors() {
    Problems problems = new Problems();
    settings().check(problems);
    return problems.errors();
  }

  private void allKeys() {
    environment.put("GROWTHBUS_PUBLISHABLE_KEY", "pk_1");
    environment.put("GROWTHBUS_SECRET_KEY", "sk_1");
    environment.put("GROWTHBUS_ADMIN_KEY", "ak_1");
    environment.put("GROWTHBUS_TOKEN_SECRET", TOKEN_SECRET);
  }

  @Test
  void the_defaults_are_an_open_node_on_loopback() {
    EdgeSettings settings = settings();
    assertThat(settings.openMode()).isTrue();
    assertThat(settings)
        .isEqualTo(
            new EdgeSettings(
                "127.0.0.1",
                8080,
                null,
                null,
                null,
                null,
                List.of(),
                512 * 1024,
                1024 * 1024,
                Duration.ofMillis(300),
                Duration.ofSeconds(10),
                10,
                20_000,
                Duration.ofSeconds(10),
                50,
                20_000,
                null));
    assertThat(errors()).isEmpty();
  }

  @Test
  void every_setting_has_a_name_in_the_environment() {
    allKeys();
    environment.put("GROWTHBUS_HTTP_HOST", "0.0.0.0");
    environment.put("GROWTHBUS_HTTP_PORT", "0");
    environment.put("GROWTHBUS_ALLOWED_ORIGINS", "https://a.example, https://b.example");
    environment.put("GROWTHBUS_HTTP_BODY_MAX", "1KiB");
    environment.put("GROWTHBUS_HTTP_BODY_INFLATED_MAX", "2KiB");
    environment.put("GROWTHBUS_HTTP_DRAIN_DELAY", "1s");
    environment.put("GROWTHBUS_HTTP_DRAIN_TIMEOUT", "2s");
    environment.put("GROWTHBUS_SOCKET_USER_MAX", "3");
    environment.put("GROWTHBUS_SOCKET_NODE_MAX", "4");
    environment.put("GROWTHBUS_SOCKET_LOOK", "7s");
    environment.put("GROWTHBUS_STREAM_ADDRESS_MAX", "5");
    environment.put("GROWTHBUS_STREAM_NODE_MAX", "6");
    assertThat(settings())
        .isEqualTo(
            new EdgeSettings(
                "0.0.0.0",
                0,
                new Secret("pk_1"),
                new Secret("sk_1"),
                new Secret("ak_1"),
                new Secret(TOKEN_SECRET),
                List.of("https://a.example", "https://b.example"),
                1024,
                2048,
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                3,
                4,
                Duration.ofSeconds(7),
                5,
                6,
                null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost", "::1", "[::1]"})
  void an_open_node_may_listen_on_loopback(String host) {
    environment.put("GROWTHBUS_HTTP_HOST", host);
    assertThat(errors()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "10.0.0.1", "example.com", "127.0.0.1.nip.io"})
  void an_open_node_may_listen_nowhere_else(String host) {
    environment.put("GROWTHBUS_HTTP_HOST", host);
    assertThat(errors())
        .singleElement()
        .asString()
        .startsWith("http.host: ")
        .contains("GROWTHBUS_SECRET_KEY");
  }

  @Test
  void a_node_with_keys_may_listen_anywhere() {
    allKeys();
    environment.put("GROWTHBUS_HTTP_HOST", "0.0.0.0");
    assertThat(settings().openMode()).isFalse();
    assertThat(errors()).isEmpty();
  }

  @Test
  void a_token_secret_alone_leaves_the_node_open() {
    environment.put("GROWTHBUS_TOKEN_SECRET", TOKEN_SECRET);
    assertThat(settings().openMode()).isTrue();
    assertThat(errors()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "GROWTHBUS_PUBLISHABLE_KEY, publishable.key",
    "GROWTHBUS_SECRET_KEY, secret.key",
    "GROWTHBUS_ADMIN_KEY, admin.key",
    "GROWTHBUS_TOKEN_SECRET, token.secret",
  })
  void with_any_key_all_are_required(String variable, String name) {
    allKeys();
    environment.remove(variable);
    assertThat(errors()).singleElement().asString().startsWith(name + ": ").contains(variable);
  }

  @Test
  void all_missing_keys_are_named_at_once() {
    environment.put("GROWTHBUS_SECRET_KEY", "sk_1");
    assertThat(errors())
        .hasSize(3)
        .anyMatch(error -> error.startsWith("publishable.key"))
        .anyMatch(error -> error.startsWith("admin.key"))
        .anyMatch(error -> error.startsWith("token.secret"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GROWTHBUS_SECRET_KEY", "GROWTHBUS_ADMIN_KEY"})
  void a_secret_may_not_be_the_public_key(String variable) {
    allKeys();
    environment.put(variable, "pk_1");
    assertThat(errors()).singleElement().asString().contains("another value than publishable.key");
  }

  @Test
  void a_token_secret_has_32_bytes_or_more() {
    environment.put("GROWTHBUS_TOKEN_SECRET", TOKEN_SECRET.substring(1));
    assertThat(errors()).singleElement().asString().startsWith("token.secret").contains("32 bytes");
  }

  @Test
  void no_problem_repeats_a_secret() {
    allKeys();
    environment.put("GROWTHBUS_TOKEN_SECRET", "ak_1");
    assertThat(errors()).hasSize(2).noneMatch(error -> error.contains("ak_1"));
    assertThat(settings().toString()).doesNotContain("pk_1", "sk_1", "ak_1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*",
        "https://*.example.com",
        "https://a.example/",
        "a.example",
        "null",
        "ftp://a.example"
      })
  void an_origin_is_exact(String origin) {
    environment.put("GROWTHBUS_ALLOWED_ORIGINS", "https://ok.example," + origin);
    assertThat(errors()).singleElement().asString().startsWith("allowed.origins: ");
  }

  @Test
  void an_open_node_is_given_its_secrets() {
    EdgeSettings given =
        settings().withTokenSecret(new Secret("t")).withDemoWebhookSecret(new Secret("w"));
    assertThat(given.tokenSecret()).isEqualTo(new Secret("t"));
    assertThat(given.demoWebhookSecret()).isEqualTo(new Secret("w"));
    assertThat(given.host()).isEqualTo("127.0.0.1");
  }
}
