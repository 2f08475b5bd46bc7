package io.growthbus.bench.flags.peer;

import io.getunleash.DefaultUnleash;
import io.getunleash.Unleash;
import io.getunleash.UnleashContext;
import io.getunleash.util.UnleashConfig;
import java.util.Optional;
import java.util.stream.IntStream;

/** Unleash's server SDK with bootstrapped flags; it neither polls nor reports. */
public final class UnleashFlags implements FlagSystem {
  private static final String PLAIN =
      """
      {"name": "%1$s", "type": "release", "enabled": true, "variants": [], "strategies": [
        {"name": "flexibleRollout", "constraints": [],
         "parameters": {"rollout": "50", "stickiness": "userId", "groupId": "%1$s"}}]}
      """;

  private static final String RULED =
      """
      {"name": "%s", "type": "release", "enabled": true, "variants": [], "strategies": [
        {"name": "default", "parameters": {}, "constraints": [
          {"contextName": "country", "operator": "IN", "values": [%s], "inverted": false, "caseInsensitive": false},
          {"contextName": "plan", "operator": "STR_STARTS_WITH", "values": ["%s"], "inverted": false, "caseInsensitive": false},
          {"contextName": "seats", "operator": "NUM_GTE", "value": "%d", "values": [], "inverted": false, "caseInsensitive": false}]}]}
      """;

  private final UnleashContext[] users =
      IntStream.range(0, Users.COUNT).mapToObj(UnleashFlags::user).toArray(UnleashContext[]::new);
  private final Unleash client;

  public UnleashFlags() {
    String flags =
        Definitions.all(
            i -> PLAIN.formatted(Definitions.key(i)),
            RULED.formatted(RULE, Definitions.wanted(), Users.PLAN, Users.SEATS));
    client =
        new DefaultUnleash(
            UnleashConfig.builder()
                .appName("bench")
                // Required, and never called.
                .unleashAPI("http://127.0.0.1:9/api")
                .apiKey("none")
                .toggleBootstrapProvider(
                    () -> Optional.of("{\"version\": 2, \"features\": [" + flags + "]}"))
                // One that is not there, so that the bootstrap is read.
                .backupFile(Definitions.file("") + ".backup")
                .disablePolling()
                .disableMetrics()
                .build());
  }

  @Override
  public boolean rollout(int user) {
    return client.isEnabled(ROLLOUT, users[user]);
  }

  @Override
  public boolean rule(int user) {
    return client.isEnabled(RULE, users[user]);
  }

  @Override
  public void close() {
    client.shutdown();
  }

  private static UnleashContext user(int user) {
    return UnleashContext.builder()
        .userId(Users.id(user))
        .addProperty("country", Users.country(user))
        .addProperty("plan", Users.plan(user))
        .addProperty("seats", String.valueOf(Users.seats(user)))
        .build();
  }
}
