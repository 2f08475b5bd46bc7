package io.growthbus.edge;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The browser SDK as a script, for any page, and the parts that it loads from beside it; compressed
 * once for all who can read that.
 *
 * <p>A part keeps its name and is asked for with the hash of its contents as the query: under that
 * address it never changes. A script of another version gets the part that is there, which it
 * understands, for a while only.
 */
final class SdkRoutes {
  private static final String FOLDER = "/growthbus/web";
  private static final String SCRIPT = "/sdk/growthbus.js";
  private static final List<String> PARTS =
      List.of("/sdk/growthbus-live.js", "/sdk/growthbus-flags.js");
  private static final String FOR_A_WHILE = "public, max-age=300";
  private static final String FOR_EVER = "public, max-age=31536000, immutable";
  private static final int HASH_DIGITS = 8;

  private final Api api;

  SdkRoutes(Api api) {
    this.api = api;
  }

  void mount(Router router) {
    mount(router, SCRIPT);
    PARTS.forEach(part -> mount(router, part));
  }

  private void mount(Router router, String path) {
    Optional<Script> script = read(path);
    Api.reading(router, path)
        .handler(
            api.open(
                0,
                call ->
                    script
                        .map(text -> Future.succeededFuture(text.answer(call.ctx().request())))
                        .orElseGet(() -> Future.failedFuture(absent()))));
  }

  /** Absent in a build of Java alone. */
  private static Optional<Script> read(String path) {
    try (InputStream in = SdkRoutes.class.getResourceAsStream(FOLDER + path)) {
      if (in == null) {
        return Optional.empty();
      }
      Buffer text = Buffer.buffer(in.readAllBytes());
      return Optional.of(new Script(text, gzip(text), PARTS.contains(path) ? hash(text) : null));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param hash what tells its contents apart; null for one that is always asked for by its name
   */
  private record Script(Buffer plain, Buffer compressed, @Nullable String hash) {
    Answer answer(HttpServerRequest request) {
      boolean gzip = acceptsGzip(request.getHeader("Accept-Encoding"));
      Buffer body = gzip ? compressed : plain;
      Answer answer =
          new Answer(
              200,
              "text/javascript; charset=utf-8",
              body,
              Map.of(
                  "ETag",
                  Api.tag(body),
                  "Cache-Control",
                  hash != null && hash.equals(request.query()) ? FOR_EVER : FOR_A_WHILE,
                  "Vary",
                  "Origin, Accept-Encoding",
                  // Pages that isolate themselves load only what says that it is for them.
                  "Cross-Origin-Resource-Policy",
                  "cross-origin"));
      return gzip ? answer.with("Content-Encoding", "gzip") : answer;
    }
  }

  private static String hash(Buffer text) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes());
      return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
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
