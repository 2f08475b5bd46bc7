package io.growthbus.cluster;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes the flags, segments and holdouts of a running node those of a document. */
@Command(
    name = "apply",
    description = {
      "Makes flags, segments and holdouts of a running node those of a document, in one step.",
      "What a list of the document does not hold is removed, unless growth.json of the node holds it;"
          + " a list that is not there leaves its kind alone."
    },
    mixinStandardHelpOptions = true)
final class ApplyCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "growth.json, or what export has printed.")
  private @Nullable Path file;

  @Option(names = "--dry-run", description = "Prints what would be changed, one line each.")
  private boolean dryRun;

  @Mixin private final RemoteNode node;

  ApplyCommand(Map<String, String> environment) {
    this.node = new RemoteNode(environment, RemoteNode.USUAL_URL);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    HttpResponse<String> answer =
        node.demand("POST", "/api/admin/definitions?dry_run=" + dryRun, document());
    JsonObject body = json(answer);
    return answer.statusCode() == 200 ? done(body) : refused(body);
  }

  private String document() {
    try {
      return Files.readString(Objects.requireNonNull(file));
    } catch (IOException e) {
      throw StartException.configuration(List.of("The file cannot be read: " + e.getMessage()));
    }
  }

  private static JsonObject json(HttpResponse<String> answer) {
    int status = answer.statusCode();
    if (status == 200 || status == 400 || status == 409 || status == 413) {
      try {
        return new JsonObject(answer.body());
      } catch (DecodeException e) {
        throw RemoteNode.isNone("definitions", status);
      }
    }
    throw RemoteNode.isNone("definitions", status);
  }

  private int done(JsonObject body) {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
    JsonArray changes = body.getJsonArray("changes");
    changes.forEach(change -> out.println(line((JsonObject) change)));
    if (changes.isEmpty()) {
      out.println("No changes.");
    } else if (!dryRun) {
      out.printf(
          "Revision %d runs on %d nodes; %d are to follow.%n",
          body.getLong("revision"),
          body.getJsonArray("nodes").size(),
          body.getJsonArray("pending").size());
    }
    out.flush();
    body.getJsonArray("warnings").forEach(warning -> err.println("warning: " + warning));
    err.flush();
    return ExitCodes.DONE;
  }

  private static String line(JsonObject change) {
    String fields =
        change.getJsonArray("fields").stream()
            .map(String::valueOf)
            .collect(Collectors.joining(", "));
    return change.getString("action")
        + " "
        + change.getString("kind")
        + " "
        + change.getString("key")
        + (fields.isEmpty() ? "" : ": " + fields);
  }

  private int refused(JsonObject problem) {
    PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
    JsonArray errors = problem.getJsonArray("errors");
    if (errors == null) {
      err.println("error: " + problem.getString("detail"));
    } else {
      errors.forEach(
          each -> {
            JsonObject error = (JsonObject) each;
            err.println("error: " + error.getString("pointer") + " " + error.getString("detail"));
          });
    }
    err.flush();
    return ExitCodes.CHECK_FAILED;
  }
}
