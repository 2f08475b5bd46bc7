package io.growthbus.cluster;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** A caller from outside: plain HTTP, no class of the product. */
final class Http {
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private Http() {}

  /** The answer to a GET, whatever its status. */
  static HttpResponse<String> get(String url, String... headers) throws IOException {
    return send(request(url, headers).GET().build());
  }

  /** The answer to a POST of a JSON text, whatever its status. */
  static HttpResponse<String> post(String url, String body, String... headers) throws IOException {
    return send(
        request(url, headers)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  /** The answer to a DELETE, whatever its status. */
  static HttpResponse<String> delete(String url, String... headers) throws IOException {
    return send(request(url, headers).DELETE().build());
  }

  /** The body of a GET that must succeed. */
  static JsonObject json(String url, String... headers) {
    return ok(url, headers, null);
  }

  /** The body of a POST that must succeed. */
  static JsonObject json(String url, JsonObject body, String... headers) {
    return ok(url, headers, body);
  }

  private static JsonObject ok(
      String url, String[] headers, @org.jspecify.annotations.Nullable JsonObject body) {
    try {
      HttpResponse<String> response =
          body == null ? get(url, headers) : post(url, body.encode(), headers);
      if (response.statusCode() != 200) {
        throw new AssertionError(
            url + " answered " + response.statusCode() + ": " + response.body());
      }
      return new JsonObject(response.body());
    } catch (IOException e) {
      throw new AssertionError(url + " did not answer", e);
    }
  }

  private static HttpRequest.Builder request(String url, String... headers) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE);
    return headers.length == 0 ? builder : builder.headers(headers);
  }

  private static HttpResponse<String> send(HttpRequest request) throws IOException {
    try {
      return CLIENT.send(request, BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
