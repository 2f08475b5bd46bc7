package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A Vert.x service that is not part of the product joins the cluster and asks for flags. */
@ExtendWith(VertxExtension.class)
class ForeignServiceIT {
  private static Node node;
  private static Vertx service;

  @BeforeAll
  static void startTheNodeAndTheService() throws Exception {
    List<Integer> ports = Ports.free(2);
    String members = "127.0.0.1:" + ports.get(0) + ",127.0.0.1:" + ports.get(1);
    var environment =
        TestNodes.environment(
            TestPostgres.freshDatabase(),
            "GROWTHBUS_CLUSTER_MEMBERS",
            members,
            "GROWTHBUS_CLUSTER_PORT",
            String.valueOf(ports.get(0)));
    node = TestNodes.start(environment);
    environment.put("GROWTHBUS_CLUSTER_PORT", String.valueOf(ports.get(1)));
    service =
        Vertx.builder()
            .withClusterManager(
                new HazelcastClusterManager(Topology.of(NodeConfig.load(environment).node())))
            .buildClustered()
            .toCompletionStage()
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
  }

  @AfterAll
  static void stopBoth() throws Exception {
    service.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    node.close();
  }

  @Test
  void plain_json_without_any_class_of_the_product_is_answered_with_plain_json(
      VertxTestContext test) {
    JsonObject question =
        new JsonObject().put("key", "advanced_export").put("userId", "ada").put("unknown", 1);

    service
        .eventBus()
        .<JsonObject>request("growthbus.flags.evaluate", question)
        .onComplete(
            test.succeeding(
                reply ->
                    test.verify(
                        () -> {
                          assertThat(reply.body().getBoolean("value")).isTrue();
                          assertThat(reply.body().getString("reason")).isEqualTo("STATIC");
                          assertThat(reply.body().getLong("revision")).isPositive();
                          test.completeNow();
                        })));
  }

  @Test
  void a_message_that_is_no_question_is_refused_with_a_code(VertxTestContext test) {
    service
        .eventBus()
        .<JsonObject>request(
            "growthbus.flags.evaluate", new JsonObject().put("key", new JsonObject()))
        .onComplete(
            test.failing(
                failure ->
                    test.verify(
                        () -> {
                          assertThat(failure).isInstanceOf(ReplyException.class);
                          assertThat(failure.getMessage()).startsWith("invalid_message");
                          test.completeNow();
                        })));
  }
}
