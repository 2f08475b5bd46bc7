package io.growthbus.bench.ingest;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench erasure}: how long it takes to erase a user with many events. */
@Command(
    name = "./growthbus bench erasure",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Erases a user with a million events among as many events of others, over the HTTP route, on a"
          + " node of its own with its embedded PostgreSQL. The limit is 60 seconds, the wait for what"
          + " other nodes may still be storing included.",
      ""
    },
    footer = {
      "",
      "Results: target/bench/erasure.json.",
      "Exit codes: 0 done, whether the limit is kept or not; 1 something of the user was left, or of"
          + " others was lost; 2 bad usage; 3 could not start or not go on to the end."
    })
public final class ErasureCommand implements Callable<Integer> {
  private static final int DONE = 0;
  private static final int CHECK_FAILED = 1;
  private static final int BAD_USAGE = 2;
  private static final int NOT_DONE = 3;
  private static final int QUICK = 20_000;
  private static final double LIMIT_SECONDS = 60;
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofMinutes(15);
  private static final Path FOLDER = Path.of("target", "bench");
  private static final String USER = "bench-user-to-erase";
  private static final Path JAR = Path.of("cluster", "target", "growthbus.jar");

  private final HttpClient client = HttpClient.newHttpClient();

  @Option(
      names = "--events",
      defaultValue = "1000000",
      description = "Events of the user, and of others, 1000 to 20000000. Default: 1000000.")
  private int events;

  @Option(
      names = "--quick",
      description = "Few events: proves that it works, the figure means nothing.")
  private boolean quick;

  /** Runs the benchmark with the arguments behind its name; answers the exit code. */
  public static int run(List<String> arguments) {
    CommandLine line = new CommandLine(new ErasureCommand());
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          System.err.println("The benchmark did not come to its end: " + failure);
          return NOT_DONE;
        });
    return line.execute(arguments.toArray(String[]::new));
  }

  @Override
  public Integer call() throws Exception {
    if (events < 1_000 || events > 20_000_000) {
      System.err.println("--events must be 1000 to 20000000");
      return BAD_USAGE;
    }
    if (!Files.exists(JAR)) {
      System.err.println(JAR + " is missing; run this as ./growthbus bench erasure.");
      return NOT_DONE;
    }
    System.out.println("Starting a node with its PostgreSQL");
    try (BenchServers servers = BenchServers.withoutPeers(FOLDER)) {
      return measure(servers, quick ? QUICK : events);
    }
  }

  private int measure(BenchServers servers, int count) throws Exception {
    BenchDatabase database = servers.database();
    JsonObject machine = Machine.facts(database.facts(), servers.fileSystem());
    Machine.print(machine);
    System.out.printf(Locale.ROOT, "Storing %,d events of a user and as many of others%n", count);
    database.fill(USER, count);
    long start = System.nanoTime();
    double firstPass = -1;
    String order = erase(servers.product());
    JsonObject status;
    do {
      LockSupport.parkNanos(POLL.toNanos());
      if (System.nanoTime() - start > LONGEST.toNanos()) {
        throw new IOException("the erasure takes longer than " + LONGEST);
      }
      status = status(servers.product(), order);
      if (firstPass < 0 && database.eventsOf(USER) == 0) {
        firstPass = seconds(start);
      }
    } while (!"completed".equals(status.getString("state")));
    double whole = seconds(start);
    Checks checks = new Checks();
    checks.expect(database.eventsOf(USER) == 0, "events of the user are left");
    checks.expect(database.count(HttpSubject.PRODUCT_TABLE) == count, "events of others are lost");
    report(machine, count, firstPass, whole, checks);
    return checks.failed().isEmpty() ? DONE : CHECK_FAILED;
  }

  private static void report(
      JsonObject machine, int count, double firstPass, double whole, Checks checks)
      throws IOException {
    System.out.printf(
        Locale.ROOT,
        "%,d events: gone after %.1f s, completed after %.1f s; %.2f x the limit of %.0f s%n",
        count,
        firstPass,
        whole,
        whole / LIMIT_SECONDS,
        LIMIT_SECONDS);
    JsonObject figures =
        new JsonObject()
            .put("machine", machine)
            .put("events", count)
            .put("gone_after_s", firstPass)
            .put("completed_after_s", whole)
            .put("over_limit", whole / LIMIT_SECONDS)
            .put("failed_checks", checks.failed());
    Path file = FOLDER.resolve("erasure.json");
    Files.writeString(file, figures.encodePrettily() + System.lineSeparator());
    System.out.println("Written to " + file);
  }

  private String erase(InetSocketAddress node) throws IOException, InterruptedException {
    return send(request(node, "/api/users/" + USER).DELETE().build()).getString("order_id");
  }

  private JsonObject status(InetSocketAddress node, String order)
      throws IOException, InterruptedException {
    return send(request(node, "/api/erasures/" + order).GET().build());
  }

  private static HttpRequest.Builder request(InetSocketAddress node, String path) {
    return HttpRequest.newBuilder(
            URI.create("http://" + node.getHostString() + ":" + node.getPort() + path))
        .header("Authorization", "Bearer " + BenchServers.SECRET_KEY)
        .timeout(Duration.ofSeconds(10));
  }

  private JsonObject send(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() / 100 != 2) {
      throw new IOException("the node answered " + answer.statusCode() + ": " + answer.body());
    }
    return new JsonObject(answer.body());
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
