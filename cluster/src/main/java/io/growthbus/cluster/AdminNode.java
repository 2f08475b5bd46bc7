package io.growthbus.cluster;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * A running node, as a command asks it with the admin key.
 *
 * @param url address, with or without a slash at its end
 * @param key admin key; empty = none, as an open node takes it
 */
record AdminNode(String url, String key) {
  static final String USUAL_URL = "http://127.0.0.1:8080";
  static final String KEY = "GROWTHBUS_ADMIN_KEY";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /**
   * The node that an operator means.
   *
   * @param url null = the usual one
   * @param key null = that of the environment
   */
  static AdminNode of(
      @Nullable String url,
      @Nullable String key,
      String usualUrl,
      Map<String, String> environment) {
    return new AdminNode(
        url == null ? usualUrl : url, key == null ? environment.getOrDefault(KEY, "") : key);
  }

  /**
   * Begins a request.
   *
   * @param command is to blame for an address that is none
   * @throws ParameterException when the address is none
   */
  HttpRequest.Builder request(String path, CommandLine command) {
    HttpRequest.Builder request;
    try {
      String address = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
      request = HttpRequest.newBuilder(URI.create(address + path));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          command, "--url must be the address of a node, such as " + USUAL_URL + ".");
    }
    if (!key.isEmpty()) {
      request.header("Authorization", "Bearer " + key);
    }
    return request.timeout(PATIENCE);
  }

  /**
   * What the node answers; empty when nothing listens there.
   *
   * @throws StartException when it gives no whole answer
   */
  Optional<HttpResponse<String>> send(HttpRequest request) throws InterruptedException {
    HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    try {
      return Optional.of(client.send(request, BodyHandlers.ofString()));
    } catch (ConnectException | HttpConnectTimeoutException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw StartException.environment("The node at " + url + " gave no whole answer; try again.");
    }
  }

  /**
   * Why a command ends when a node refuses.
   *
   * @param wanted what a node has that answers this, such as "contracts"
   */
  static StartException refusal(int status, String wanted) {
    return switch (status) {
      case 401, 403 ->
          StartException.configuration(
              List.of(
                  "The node refuses the key: give the admin key with --key, or in " + KEY + "."));
      case 503 -> StartException.environment("The node cannot answer at this moment; try again.");
      default ->
          StartException.environment(
              "What answers there is no node with "
                  + wanted
                  + " (status "
                  + status
                  + "); give the address of one with --url.");
    };
  }
}
