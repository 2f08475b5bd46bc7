package io.growthbus.cluster;

import io.growthbus.ingest.registry.Declarations;
import io.growthbus.shared.settings.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Prints client code of the contracts of a running node; without one, of those of the configuration
 * folder.
 */
@Command(
    name = "schemas",
    description = "Prints TypeScript declarations of the events' contracts.",
    mixinStandardHelpOptions = true)
final class SchemasCommand implements Callable<Integer> {
  private final Map<String, String> environment;
  private final String usualUrl;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--typescript",
      description = "Declarations in TypeScript, the only form that there is.")
  private boolean typescript;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "Address of a node (default: "
              + AdminNode.USUAL_URL
              + ", and growth.json of GROWTHBUS_CONF or ./conf when none answers there).")
  private @Nullable String url;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description = "Admin key (default: $" + AdminNode.KEY + ").")
  private @Nullable String key;

  @Option(names = "--out", paramLabel = "FILE", description = "Writes a file instead.")
  private @Nullable Path out;

  SchemasCommand(Map<String, String> environment) {
    this(environment, AdminNode.USUAL_URL);
  }

  SchemasCommand(Map<String, String> environment, String usualUrl) {
    this.environment = environment;
    this.usualUrl = usualUrl;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (!typescript) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(), "In which form? There is --typescript.");
    }
    String declarations = fromNode().orElseGet(this::fromFile);
    if (out == null) {
      PrintWriter printer = Objects.requireNonNull(spec).commandLine().getOut();
      printer.print(declarations);
      printer.flush();
    } else {
      write(out, declarations);
    }
    return ExitCodes.DONE;
  }

  /** What the node says; empty when none answers at the usual address. */
  private Optional<String> fromNode() throws InterruptedException {
    AdminNode node = AdminNode.of(url, key, usualUrl, environment);
    Optional<HttpResponse<String>> answer =
        node.send(
            node.request(
                    "/api/admin/schemas?format=typescript",
                    Objects.requireNonNull(spec).commandLine())
                .build());
    if (answer.isEmpty()) {
      if (url == null) {
        return Optional.empty();
      }
      throw StartException.environment("No node answers at the given --url.");
    }
    HttpResponse<String> response = answer.get();
    String type = response.headers().firstValue("Content-Type").orElse("");
    if (response.statusCode() == 200 && type.startsWith("text/plain")) {
      return Optional.of(response.body());
    }
    throw AdminNode.refusal(response.statusCode(), "contracts");
  }

  private String fromFile() {
    NodeConfig config = NodeConfig.load(environment);
    PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
    err.println(
        "No node answers at "
            + usualUrl
            + "; these are the contracts of "
            + config.node().confDirectory().resolve(NodeConfig.GROWTH_FILE)
            + ", without what is published. Set --url, or "
            + Settings.environmentName("conf")
            + ", to read others.");
    err.flush();
    return Declarations.ofFile(config.growth());
  }

  /** Whole or not at all: a compiler that watches the file never sees half of it. */
  private static void write(Path file, String text) {
    Path target = file.toAbsolutePath();
    try {
      Path beside =
          Files.createTempFile(target.getParent(), target.getFileName().toString(), ".new");
      try {
        Files.writeString(beside, text);
        Files.move(beside, target, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(beside);
      }
    } catch (IOException e) {
      throw StartException.configuration(
          List.of("The file of --out cannot be written: " + e.getMessage()));
    }
  }
}
