package io.growthbus.cluster;

import io.growthbus.ingest.registry.Declarations;
import io.growthbus.shared.settings.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
    description = {
      "Prints TypeScript declarations of the events' contracts.",
      "When no --url is given and no node answers: those of growth.json of GROWTHBUS_CONF or ./conf."
    },
    mixinStandardHelpOptions = true)
final class SchemasCommand implements Callable<Integer> {
  private final Map<String, String> environment;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--typescript",
      description = "Declarations in TypeScript, the only form that there is.")
  private boolean typescript;

  @Mixin private final RemoteNode node;
  @Mixin private final Output output = new Output();

  SchemasCommand(Map<String, String> environment) {
    this(environment, RemoteNode.USUAL_URL);
  }

  SchemasCommand(Map<String, String> environment, String usualUrl) {
    this.environment = environment;
    this.node = new RemoteNode(environment, usualUrl);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!typescript) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(), "In which form? There is --typescript.");
    }
    output.print(fromNode().orElseGet(this::fromFile));
    return ExitCodes.DONE;
  }

  /** What the node says; empty when none answers at the usual address. */
  private Optional<String> fromNode() throws IOException, InterruptedException {
    Optional<HttpResponse<String>> answer =
        node.answer("GET", "/api/admin/schemas?format=typescript", null);
    if (answer.isEmpty()) {
      return Optional.empty();
    }
    String type = answer.get().headers().firstValue("Content-Type").orElse("");
    if (answer.get().statusCode() == 200 && type.startsWith("text/plain")) {
      return Optional.of(answer.get().body());
    }
    throw RemoteNode.isNone("contracts", answer.get().statusCode());
  }

  private String fromFile() {
    NodeConfig config = NodeConfig.load(environment);
    PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
    err.println(
        "No node answers at "
            + node.address()
            + "; these are the contracts of "
            + config.node().confDirectory().resolve(NodeConfig.GROWTH_FILE)
            + ", without what is published. Set --url, or "
            + Settings.environmentName("conf")
            + ", to read others.");
    err.flush();
    return Declarations.ofFile(config.growth());
  }
}
