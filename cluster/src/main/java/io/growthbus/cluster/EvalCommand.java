package io.growthbus.cluster;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Evaluates one flag for one user on a running node, now or as of a moment in the past. */
@Command(
    name = "eval",
    description = "Evaluates a flag for a user on a running node, now or as of then.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:there is, or was, no such flag; or it is not known any more what was in force",
      "2:bad usage",
      "3:no node answers"
    })
final class EvalCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--flag", paramLabel = "KEY", required = true, description = "Key of the flag.")
  private String flag = "";

  @Option(names = "--user", paramLabel = "ID", required = true, description = "Id of the user.")
  private String user = "";

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description =
          "As of this moment: 2026-11-20T09:30:00Z, 2026-11-20 (its first moment, UTC) or ms since"
              + " the epoch.")
  private @Nullable String at;

  @Option(
      names = "--attributes",
      paramLabel = "JSON",
      description = "What is known of the user, as a JSON object.")
  private @Nullable String attributes;

  @Mixin private final RemoteNode node;

  EvalCommand(Map<String, String> environment) {
    this.node = new RemoteNode(environment, RemoteNode.USUAL_URL);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    HttpResponse<String> response = node.demand("POST", "/api/admin/evaluate", question().encode());
    return switch (response.statusCode()) {
      case 200 -> print(new JsonObject(response.body()));
      case 400, 404 -> refused(response);
      default -> throw RemoteNode.isNone("flags", response.statusCode());
    };
  }

  private JsonObject question() {
    JsonObject question = new JsonObject().put("flag", flag).put("user_id", user);
    if (attributes != null) {
      question.put("attributes", attributes(attributes));
    }
    return at == null ? question : question.put("at", time(at));
  }

  private JsonObject attributes(String json) {
    try {
      return new JsonObject(json);
    } catch (DecodeException e) {
      throw wrong("--attributes must be a JSON object, such as '{\"plan\":\"pro\"}'.");
    }
  }

  private long time(String text) {
    try {
      if (text.matches("\\d{1,15}")) {
        return Long.parseLong(text);
      }
      return text.length() == "2026-11-20".length()
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli()
          : Instant.parse(text).toEpochMilli();
    } catch (DateTimeException | ArithmeticException e) {
      throw wrong("--at must be a time such as 2026-11-20T09:30:00Z, or 2026-11-20.");
    }
  }

  /** What the node refuses is a wrong question, or a flag that is not there. */
  private int refused(HttpResponse<String> response) {
    JsonObject problem;
    try {
      problem = new JsonObject(response.body());
    } catch (DecodeException e) {
      throw RemoteNode.isNone("flags", response.statusCode());
    }
    String detail = problem.getString("detail", "The node refuses the question.");
    if (response.statusCode() == 404 && !problem.getString("code", "").equals("not_found")) {
      commandLine().getErr().println(detail);
      return ExitCodes.CHECK_FAILED;
    }
    if (response.statusCode() == 404) {
      throw RemoteNode.isNone("flags", 404);
    }
    throw StartException.configuration(List.of(detail));
  }

  private int print(JsonObject answer) {
    line("value", String.valueOf(answer.getValue("value")));
    line("variant", String.valueOf(answer.getString("variant")));
    line("reason", answer.getString("reason"));
    String rule = answer.getString("rule");
    if (rule != null) {
      line("rule", rule);
    }
    line("revision", String.valueOf(answer.getLong("revision")));
    JsonObject inForce = answer.getJsonObject("in_force");
    if (inForce != null) {
      line("in force", period(inForce));
      line("source", inForce.getString("source"));
      line("definition", inForce.getJsonObject("definition").encode());
    }
    List<?> missing = answer.getJsonArray("missing_facts").getList();
    if (!missing.isEmpty()) {
      commandLine()
          .getErr()
          .println(
              "The flag looks at what only the server knew then and does not keep; state it with"
                  + " --attributes: "
                  + String.join(", ", missing.stream().map(String::valueOf).toList()));
    }
    out().flush();
    return ExitCodes.DONE;
  }

  private static String period(JsonObject inForce) {
    Long to = inForce.getLong("valid_to");
    return "since "
        + Instant.ofEpochMilli(inForce.getLong("valid_from"))
        + (to == null ? "" : " until " + Instant.ofEpochMilli(to));
  }

  private void line(String name, String value) {
    out().printf(Locale.ROOT, "%-10s %s%n", name, value);
  }

  private PrintWriter out() {
    return commandLine().getOut();
  }

  private CommandLine commandLine() {
    return Objects.requireNonNull(spec).commandLine();
  }

  private ParameterException wrong(String what) {
    return new ParameterException(commandLine(), what);
  }
}
