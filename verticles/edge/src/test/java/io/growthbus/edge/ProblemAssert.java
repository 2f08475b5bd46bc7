package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.vertx.core.json.JsonObject;

/** What every failure looks like. */
final class ProblemAssert {
  private ProblemAssert() {}

  /** Asserts that an answer is a whole problem document with the status and the code. */
  static void isProblem(Response response, int status, String code) {
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(response.header("Cache-Control")).isEqualTo("no-store");
    JsonObject body = response.json();
    assertThat(body.fieldNames())
        .containsExactlyInAnyOrder("type", "title", "status", "detail", "code", "request_id");
    assertThat(body.getString("type")).isEqualTo("about:blank");
    assertThat(body.getInteger("status")).isEqualTo(status);
    assertThat(body.getString("code")).isEqualTo(code);
    assertThat(body.getString("request_id")).isEqualTo(response.header("X-Request-Id"));
    assertThat(body.getString("title")).isNotBlank();
    assertThat(body.getString("detail")).isNotBlank();
  }
}
