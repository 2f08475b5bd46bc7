package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A Vert.x service that is not part of the product joins the cluster and asks for flags. */
@ExtendWith(VertxExtension.class)
class ForeignServiceIT {
  private static NodeWithService both;
  private static Vertx service;

  @BeforeAll
  static void startTheNodeAndTheService() {
    both = new NodeWithService();
    service = both.service();
  }

  @AfterAll
  static void stopBoth() {
    both.close();
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
