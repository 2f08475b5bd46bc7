package io.growthbus.bench.flags.peer;

import com.launchdarkly.sdk.LDContext;
import com.launchdarkly.sdk.server.Components;
import com.launchdarkly.sdk.server.LDClient;
import com.launchdarkly.sdk.server.LDConfig;
import com.launchdarkly.sdk.server.integrations.FileData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.IntStream;

/** LaunchDarkly's server SDK with flags from a file, without events. */
public final class LaunchDarklyFlags implements FlagSystem {
  private static final String PLAIN =
      """
      "%1$s": {"key": "%1$s", "version": 1, "on": true, "variations": [true, false], "offVariation": 1,
        "salt": "%1$s", "fallthrough": {"rollout": {"variations": [
          {"variation": 0, "weight": 50000}, {"variation": 1, "weight": 50000}]}}}
      """;

  private static final String RULED =
      """
      "%s": {"key": "%1$s", "version": 1, "on": true, "variations": [true, false], "offVariation": 1,
        "salt": "s", "fallthrough": {"variation": 1}, "rules": [{"id": "r", "variation": 0, "clauses": [
          {"contextKind": "user", "attribute": "country", "op": "in", "values": [%s], "negate": false},
          {"contextKind": "user", "attribute": "plan", "op": "startsWith", "values": ["%s"], "negate": false},
          {"contextKind": "user", "attribute": "seats", "op": "greaterThanOrEqual", "values": [%d], "negate": false}]}]}
      """;

  private final LDContext[] users =
      IntStream.range(0, Users.COUNT).mapToObj(LaunchDarklyFlags::user).toArray(LDContext[]::new);
  private final LDClient client;

  public LaunchDarklyFlags() {
    String flags =
        Definitions.all(
            i -> PLAIN.formatted(Definitions.key(i)),
            RULED.formatted(RULE, Definitions.wanted(), Users.PLAN, Users.SEATS));
    client =
        new LDClient(
            "no key",
            new LDConfig.Builder()
                .dataSource(
                    FileData.dataSource()
                        .filePaths(Definitions.file("{\"flags\": {" + flags + "}}")))
                .events(Components.noEvents())
                .build());
  }

  @Override
  public boolean rollout(int user) {
    return client.boolVariation(ROLLOUT, users[user], false);
  }

  @Override
  public boolean rule(int user) {
    return client.boolVariation(RULE, users[user], false);
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the client did not close", e);
    }
  }

  private static LDContext user(int user) {
    return LDContext.builder(Users.id(user))
        .set("country", Users.country(user))
        .set("plan", Users.plan(user))
        .set("seats", Users.seats(user))
        .build();
  }
}
