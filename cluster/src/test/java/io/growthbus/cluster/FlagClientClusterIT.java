package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.OpenFeatureAPI;
import io.growthbus.openfeature.GrowthbusProvider;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.client.FlagClient;
import io.growthbus.shared.client.FlagClientState;
import io.growthbus.shared.message.EvaluateFlags;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagAnswers;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service with a Vert.x of its own and a {@link FlagClient}, in a cluster of two nodes. */
class FlagClientClusterIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final JsonObject VECTORS = vectors();

  @TempDir static Path conf;
  private static FlagsFile file;
  private static Node first;
  private static Node second;
  private static Vertx service;
  private static FlagClient client;

  @BeforeAll
  static void startTheNodesAndTheService() {
    file = new FlagsFile(conf).write(VECTORS.getJsonObject("flags"));
    PostgresSettings database = TestPostgres.freshDatabase();
    List<Integer> ports = Ports.free(3);
    first = TestNodes.start(environment(database, ports, 0));
    second = TestNodes.start(environment(database, ports, 1));
    service =
        Await.result(
            Vertx.builder()
                .withClusterManager(
                    new HazelcastClusterManager(
                        Topology.of(NodeConfig.load(environment(database, ports, 2)).node())))
                .buildClustered());
    client = Await.result(FlagClient.start(service));
  }

  private static Map<String, String> environment(
      PostgresSettings database, List<Integer> ports, int member) {
    return TestNodes.environment(
        database,
        "GROWTHBUS_CONF",
        file.folder(),
        "GROWTHBUS_CLUSTER_MEMBERS",
        String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList()),
        "GROWTHBUS_CLUSTER_PORT",
        String.valueOf(ports.get(member)));
  }

  @AfterAll
  static void stopAll() {
    Await.result(service.close());
    second.close();
    first.close();
  }

  private static JsonObject vectors() {
    try (InputStream in =
        FlagClientClusterIT.class.getResourceAsStream("/golden/flag-vectors.json")) {
      return new JsonObject(
          new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void the_client_and_the_bus_give_one_digest_over_every_flag_and_context()
      throws NoSuchAlgorithmException {
    MessageDigest here = MessageDigest.getInstance("SHA-256");
    MessageDigest there = MessageDigest.getInstance("SHA-256");
    int pairs = 0;
    for (Object context : VECTORS.getJsonArray("contexts")) {
      String user = ((JsonObject) context).getString("user");
      Map<String, Object> attributes = ((JsonObject) context).getJsonObject("attributes").getMap();
      FlagAnswers answers =
          Await.result(
              Bus.of(service)
                  .ask(Channels.EVALUATE_FLAGS, new EvaluateFlags(user, attributes, null)));
      for (String key : client.keys()) {
        add(here, key, Await.result(client.evaluate(key, user, attributes)));
        add(there, key, Objects.requireNonNull(answers.answers().get(key)));
        pairs++;
      }
      assertThat(answers.answers()).hasSize(client.keys().size());
    }

    assertThat(pairs).isGreaterThan(5_000);
    assertThat(HexFormat.of().formatHex(here.digest()))
        .isEqualTo(HexFormat.of().formatHex(there.digest()));
  }

  private static void add(MessageDigest digest, String key, FlagAnswer answer) {
    String line =
        String.join(
            "|",
            key,
            JsonObject.of("value", answer.value()).encode(),
            String.valueOf(answer.variant()),
            answer.reason(),
            String.valueOf(answer.rule()),
            String.valueOf(answer.revision()));
    digest.update(line.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void an_openfeature_client_of_the_service_is_answered_alike() {
    OpenFeatureAPI api = OpenFeatureAPI.getInstance();
    api.setProviderAndWait("cluster", new GrowthbusProvider(service));
    Client openFeature = api.getClient("cluster");

    for (int i = 0; i < 50; i++) {
      assertThat(openFeature.getBooleanValue("seed_half", false, new ImmutableContext("user-" + i)))
          .isEqualTo(client.isEnabled("seed_half", "user-" + i));
    }
    api.shutdown();
  }

  @Test
  void a_change_is_seen_within_a_second_also_after_one_node_has_left() {
    changeAndAwait("first_change");

    first.close();
    assertThat(client.isEnabled("seed_all", "ada")).isTrue();
    changeAndAwait("second_change");

    assertThat(client.isEnabled("seed_all", "ada")).isTrue();
    Await.until("it is ready", SOON, () -> client.state() == FlagClientState.READY);
  }

  /** Adds a flag to the file, waits until the second node serves it, and then for the client. */
  private static void changeAndAwait(String key) {
    JsonObject flags = VECTORS.getJsonObject("flags").copy();
    flags
        .getJsonArray("definitions")
        .add(new JsonObject().put("key", key).put("enabled", true).put("rollout_percentage", 100));
    file.write(flags);
    Await.until(
        "the node serves it",
        SOON,
        () -> Http.json(TestNodes.app(second) + "/api/flags/definitions").encode().contains(key));

    Await.until("the client has it", Duration.ofSeconds(1), () -> client.isEnabled(key, "ada"));
  }
}
