package io.growthbus.cluster;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The running node that a command speaks to, with the options that name it. */
final class RemoteNode {
  static final String USUAL_URL = "http://127.0.0.1:8080";
  private static final String KEY = "GROWTHBUS_ADMIN_KEY";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Map<String, String> environment;
  private final String usualUrl;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "Address of a node (default: " + USUAL_URL + ").")
  private @Nullable String url;

  @Option(names = "--key", paramLabel = "KEY", description = "Admin key (default: $" + KEY + ").")
  private @Nullable String key;

  /**
   * @param usualUrl the address when none is given
   */
  RemoteNode(Map<String, String> environment, String usualUrl) {
    this.environment = environment;
    this.usualUrl = usualUrl;
  }

  /** Where it is, without a slash at the end. */
  String address() {
    String given = url == null ? usualUrl : url;
    return given.endsWith("/") ? given.substring(0, given.length() - 1) : given;
  }

  /**
   * The answer to a request, as {@link #answer}.
   *
   * @throws StartException when no node answers
   */
  HttpResponse<String> demand(String method, String path, @Nullable String body)
      throws IOException, InterruptedException {
    return answer(method, path, body)
        .orElseThrow(
            () ->
                StartException.environment(
                    "No node answers at " + usualUrl + "; give the address of one with --url."));
  }

  /**
   * The answer to a request.
   *
   * @return empty when no address was given and none answers at the usual one
   * @throws StartException when the key is refused, or none answers at the address that was given
   */
  Optional<HttpResponse<String>> answer(String method, String path, @Nullable String body)
      throws IOException, InterruptedException {
    HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    HttpResponse<String> response;
    try {
      response = client.send(request(method, path, body), BodyHandlers.ofString());
    } catch (ConnectException | HttpConnectTimeoutException e) {
      if (url == null) {
        return Optional.empty();
      }
      throw StartException.environment("No node answers at the given --url.");
    } catch (IOException e) {
      throw StartException.environment(
          "The node at " + address() + " gave no whole answer; try again.");
    }
    int status = response.statusCode();
    if (status == 401 || status == 403) {
      throw StartException.configuration(
          List.of("The node refuses the key: give the admin key with --key, or in " + KEY + "."));
    }
    if (status == 503) {
      throw StartException.environment("The node cannot answer at this moment; try again.");
    }
    return Optional.of(response);
  }

  private HttpRequest request(String method, String path, @Nullable String body) {
    HttpRequest.Builder request;
    try {
      request = HttpRequest.newBuilder(URI.create(address() + path));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(),
          "--url must be the address of a node, such as " + USUAL_URL + ".");
    }
    String credential = key == null ? environment.getOrDefault(KEY, "") : key;
    if (!credential.isEmpty()) {
      request.header("Authorization", "Bearer " + credential);
    }
    return request
        .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
        .timeout(PATIENCE)
        .build();
  }

  /**
   * What to say when something else than a node answered.
   *
   * @param what what a node would have there
   */
  static StartException isNone(String what, int status) {
    return StartException.environment(
        "What answers there is no node with "
            + what
            + " (status "
            + status
            + "); give the address of one with --url.");
  }
}
