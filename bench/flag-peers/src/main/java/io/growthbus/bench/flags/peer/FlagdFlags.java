package io.growthbus.bench.flags.peer;

import dev.openfeature.contrib.providers.flagd.Config;
import dev.openfeature.contrib.providers.flagd.FlagdOptions;
import dev.openfeature.contrib.providers.flagd.FlagdProvider;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.Value;
import java.util.Map;
import java.util.stream.IntStream;

/** The provider of flagd with flags from a file, evaluated in the process. */
public final class FlagdFlags implements FlagSystem {
  private static final String PLAIN =
      """
      "%s": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
        "targeting": {"fractional": [["on", 50], ["off", 50]]}}
      """;

  private static final String RULED =
      """
      "%s": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
        "targeting": {"if": [{"and": [
          {"in": [{"var": "country"}, [%s]]},
          {"starts_with": [{"var": "plan"}, "%s"]},
          {">=": [{"var": "seats"}, %d]}]}, "on", "off"]}}
      """;

  private final EvaluationContext[] users =
      IntStream.range(0, Users.COUNT).mapToObj(FlagdFlags::user).toArray(EvaluationContext[]::new);
  private final FlagdProvider provider;

  public FlagdFlags() throws Exception {
    String flags =
        Definitions.all(
            i -> PLAIN.formatted(Definitions.key(i)),
            RULED.formatted(RULE, Definitions.wanted(), Users.PLAN, Users.SEATS));
    provider =
        new FlagdProvider(
            FlagdOptions.builder()
                .deadline(30_000)
                .resolverType(Config.Resolver.FILE)
                .offlineFlagSourcePath(Definitions.file("{\"flags\": {" + flags + "}}").toString())
                .build());
    provider.initialize(new ImmutableContext());
  }

  @Override
  public boolean rollout(int user) {
    return provider.getBooleanEvaluation(ROLLOUT, false, users[user]).getValue();
  }

  @Override
  public boolean rule(int user) {
    return provider.getBooleanEvaluation(RULE, false, users[user]).getValue();
  }

  @Override
  public void close() {
    provider.shutdown();
  }

  private static EvaluationContext user(int user) {
    return new ImmutableContext(
        Users.id(user),
        Map.of(
            "country", new Value(Users.country(user)),
            "plan", new Value(Users.plan(user)),
            "seats", new Value(Users.seats(user))));
  }
}
