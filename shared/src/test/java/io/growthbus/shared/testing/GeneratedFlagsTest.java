package io.growthbus.shared.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.flags.Bucketing;
import io.growthbus.shared.flags.FlagDecision;
import io.growthbus.shared.flags.FlagDecision.Reason;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.flags.Operator;
import io.growthbus.shared.flags.Targeting;
import io.growthbus.shared.flags.Targeting.Condition;
import io.growthbus.shared.flags.Targeting.Rule;
import io.growthbus.shared.testing.GeneratedFlags.Context;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class GeneratedFlagsTest {
  private static final int SEED = 1;
  private static final FlagSnapshot SNAPSHOT = new FlagSnapshot(1, GeneratedFlags.of(SEED).flags());

  private static int contexts() {
    return (100_000 + SNAPSHOT.keys().size() - 1) / SNAPSHOT.keys().size();
  }

  @Test
  void everything_that_a_flag_can_say_is_said() {
    List<Targeting> all = SNAPSHOT.definitions().stream().map(FlagDefinition::rules).toList();

    assertThat(all).hasSizeBetween(55, 70);
    assertThat(all.stream().map(Targeting::bucketing).collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(Bucketing.values());
    assertThat(
            all.stream()
                .flatMap(targeting -> targeting.rules().stream())
                .map(Rule::conditions)
                .flatMap(List::stream)
                .map(Condition::operator)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(Operator.values());
    assertThat(SNAPSHOT.keys()).allMatch(key -> SNAPSHOT.facts(key).isEmpty());
  }

  @Test
  void every_reason_and_every_kind_of_user_comes_about() {
    Set<Reason> reasons = EnumSet.noneOf(Reason.class);
    Set<Object> values = new HashSet<>();
    List<Context> contexts = new ArrayList<>(GeneratedFlags.contexts(SEED, 500));
    contexts.addAll(GeneratedFlags.anonymous(SEED, 100));
    for (Context context : contexts) {
      for (String key : SNAPSHOT.keys()) {
        FlagDecision decision = SNAPSHOT.evaluate(key, context.userId(), context.attributes());
        reasons.add(decision.reason());
        values.add(decision.value());
      }
    }

    assertThat(reasons)
        .containsExactlyInAnyOrderElementsOf(
            EnumSet.complementOf(
                EnumSet.of(
                    Reason.FLAG_NOT_FOUND,
                    Reason.FACTS_UNAVAILABLE,
                    Reason.NEEDS_FACTS,
                    Reason.NOT_READY)));
    assertThat(values).hasSizeGreaterThan(20);
    List<String> users = contexts.stream().map(Context::userId).filter(Objects::nonNull).toList();
    assertThat(users).anyMatch(user -> user.startsWith("🚀"));
    assertThat(users).anyMatch(user -> user.length() == 200);
    assertThat(users)
        .anyMatch(user -> !StandardCharsets.UTF_8.newEncoder().canEncode(user))
        .allMatch(user -> !user.isEmpty() && user.length() <= 200);
  }

  /**
   * The file is what evaluators in other languages read. The test writes it to {@code
   * target/flag-parity.jsonl}; after a change of the generator it is copied from there.
   */
  @Test
  void the_file_for_other_languages_says_the_same() throws IOException {
    List<Context> contexts = GeneratedFlags.contexts(SEED, contexts());
    AnswerDigest digest = new AnswerDigest();
    StringBuilder file = new StringBuilder();
    line(file, new JsonObject().put("flags", GeneratedFlags.of(SEED).document()));
    for (int i = 0; i < contexts.size(); i++) {
      Context context = contexts.get(i);
      line(
          file,
          new JsonObject().put("user", context.userId()).put("attributes", context.attributes()));
      for (String key : SNAPSHOT.keys()) {
        FlagDecision decision = SNAPSHOT.evaluate(key, context.userId(), context.attributes());
        digest.add(i, key, decision.value(), decision.variant(), decision.reason().name());
      }
    }
    line(file, new JsonObject().put("pairs", digest.pairs()).put("digest", digest.hex()));
    Files.writeString(Path.of("target", "flag-parity.jsonl"), file);

    assertThat(digest.pairs()).isGreaterThanOrEqualTo(100_000);
    try (InputStream golden =
        GeneratedFlagsTest.class.getResourceAsStream("/golden/flag-parity.jsonl")) {
      byte[] bytes = Objects.requireNonNull(golden).readAllBytes();
      assertThat(new String(bytes, StandardCharsets.UTF_8).equals(file.toString()))
          .as("golden/flag-parity.jsonl is as target/flag-parity.jsonl")
          .isTrue();
    }
  }

  private static void line(StringBuilder file, JsonObject json) {
    // As bytes, which escapes what is no text in UTF-8.
    file.append(json.toBuffer().toString(StandardCharsets.UTF_8)).append('\n');
  }
}
