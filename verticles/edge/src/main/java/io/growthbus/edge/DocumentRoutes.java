package io.growthbus.edge;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;

/** The description of all routes, as a document. */
final class DocumentRoutes {
  private final Api api;
  private final Buffer openApi;

  DocumentRoutes(Api api) {
    this.api = api;
    try (InputStream in = DocumentRoutes.class.getResourceAsStream("/openapi.yaml")) {
      this.openApi = Buffer.buffer(Objects.requireNonNull(in, "openapi.yaml").readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void mount(Router router) {
    Answer answer =
        new Answer(
            200,
            "application/yaml; charset=utf-8",
            openApi,
            Map.of("ETag", Api.tag(openApi), "Cache-Control", "public, max-age=300"));
    Api.reading(router, "/openapi.yaml")
        .handler(api.open(0, call -> Future.succeededFuture(answer)));
  }
}
