package io.growthbus.bench.flags;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Requests of one server: single ones, to be checked, and their bytes for the generator. */
record Http(InetSocketAddress server, String authorization) {
  private static final Duration LONGEST = Duration.ofSeconds(20);
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  /** What one request asks. */
  record Question(String method, String path, String body) {
    static Question post(String path, String body) {
      return new Question("POST", path, body);
    }

    static Question get(String path) {
      return new Question("GET", path, "");
    }
  }

  /**
   * The answer to a request.
   *
   * @throws IllegalStateException when it is not 200
   */
  JsonObject answer(Question question) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://" + server.getHostString() + ":" + server.getPort() + question.path()))
            .timeout(LONGEST)
            .header("Authorization", authorization)
            .header("Content-Type", "application/json")
            .method(question.method(), BodyPublishers.ofString(question.body()))
            .build();
    HttpResponse<String> response = CLIENT.send(request, BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IllegalStateException(
          question.method()
              + " "
              + question.path()
              + " was answered with "
              + response.statusCode()
              + ": "
              + response.body());
    }
    return new JsonObject(response.body());
  }

  /** The bytes of the requests of so many users. */
  byte[][] bytes(int users, IntFunction<Question> question) {
    return IntStream.range(0, users)
        .mapToObj(user -> bytes(question.apply(user)))
        .toArray(byte[][]::new);
  }

  private byte[] bytes(Question question) {
    byte[] body = question.body().getBytes(StandardCharsets.UTF_8);
    String head =
        question.method()
            + " "
            + question.path()
            + " HTTP/1.1\r\nHost: "
            + server.getHostString()
            + ":"
            + server.getPort()
            + "\r\nAuthorization: "
            + authorization
            + (body.length == 0
                ? ""
                : "\r\nContent-Type: application/json\r\nContent-Length: " + body.length)
            + "\r\n\r\n";
    byte[] start = head.getBytes(StandardCharsets.US_ASCII);
    byte[] whole = Arrays.copyOf(start, start.length + body.length);
    System.arraycopy(body, 0, whole, start.length, body.length);
    return whole;
  }
}
