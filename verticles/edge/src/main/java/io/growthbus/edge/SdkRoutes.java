package io.growthbus.edge;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** The browser SDK as one script, for any page; compressed once for all who can read that. */
final class SdkRoutes {
  private static final String RESOURCE = "/growthbus/web/sdk/growthbus.js";

  private final Api api;
  private final Optional<Buffer> script;

  SdkRoutes(Api api) {
    this.api = api;
    try (InputStream in = SdkRoutes.class.getResourceAsStream(RESOURCE)) {
      // Absent in a build of Java alone.
      this.script = in == null ? Optional.empty() : Optional.of(Buffer.buffer(in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void mount(Router router) {
    Optional<Answer> plain = script.map(SdkRoutes::answer);
    Optional<Answer> compressed =
        script.map(text -> answer(gzip(text)).with("Content-Encoding", "gzip"));
    Api.reading(router, "/sdk/growthbus.js")
        .handler(
            api.open(
                0,
                call ->
                    (acceptsGzip(call.ctx().request().getHeader("Accept-Encoding"))
                            ? compressed
                            : plain)
                        .map(Future::succeededFuture)
                        .orElseGet(() -> Future.failedFuture(absent()))));
  }

  private static Answer answer(Buffer body) {
    return new Answer(
        200,
        "text/javascript; charset=utf-8",
        body,
        Map.of(
            "ETag", Api.tag(body),
            "Cache-Control", "public, max-age=300",
            "Vary", "Origin, Accept-Encoding",
            // Pages that isolate themselves load only what says that it is for them.
            "Cross-Origin-Resource-Policy", "cross-origin"));
  }

  /** Whether gzip is named and not excluded by a weight of zero. */
  private static boolean acceptsGzip(@Nullable String header) {
    if (header == null) {
      return false;
    }
    for (String coding : header.split(",", 32)) {
      String text = coding.replace(" ", "");
      if (text.equals("gzip")
          || (text.startsWith("gzip;") && !text.matches("gzip;q=0(\\.0{0,3})?"))) {
        return true;
      }
    }
    return false;
  }

  private static Buffer gzip(Buffer text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Buffer.buffer(bytes.toByteArray());
  }

  private static RoomException absent() {
    return new RoomException(
        ErrorKind.NOT_FOUND, "not_found", "This node was built without the browser SDK.");
  }
}
