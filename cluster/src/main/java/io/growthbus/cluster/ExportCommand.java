package io.growthbus.cluster;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints the flags, segments and holdouts of a running node in the form of {@code growth.json}. */
@Command(
    name = "export",
    description = "Prints flags, segments and holdouts of a running node as growth.json says them.",
    mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
  @Mixin private final RemoteNode node;
  @Mixin private final Output output = new Output();

  ExportCommand(Map<String, String> environment) {
    this.node = new RemoteNode(environment, RemoteNode.USUAL_URL);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    HttpResponse<String> answer = node.demand("GET", "/api/admin/definitions", null);
    if (answer.statusCode() != 200) {
      throw RemoteNode.isNone("definitions", answer.statusCode());
    }
    output.print(new JsonObject(answer.body()).encodePrettily() + "\n");
    return ExitCodes.DONE;
  }
}
