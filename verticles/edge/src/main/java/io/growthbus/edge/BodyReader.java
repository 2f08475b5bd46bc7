package io.growthbus.edge;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** Collects bodies with a hard limit that counts bytes, whatever the headers say. */
final class BodyReader {
  private static final int GZIP_MAGIC_1 = 0x1f;
  private static final int GZIP_MAGIC_2 = 0x8b;
  private static final int LINGER_S = 5;
  private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");

  /** How long a body may take; with the time to linger a slow one is cut after 30 s. */
  private static final Duration PATIENCE = Duration.ofSeconds(25);

  private BodyReader() {}

  /**
   * The raw body.
   *
   * @param most bytes that it may have
   * @return fails with {@link RoomException} {@code body_too_large} as soon as that is certain, and
   *     with {@code body_too_slow}: each byte counts as a sign of life of the connection, so a
   *     trickle would hold it for ever
   */
  static Future<Buffer> read(RoutingContext ctx, int most) {
    return read(ctx.vertx(), ctx.request(), most, PATIENCE);
  }

  static Future<Buffer> read(Vertx vertx, HttpServerRequest request, int most, Duration patience) {
    Promise<Buffer> body = Promise.promise();
    Buffer collected = Buffer.buffer();
    if (declaredLength(request) > most) {
      closeAfterwards(request);
      return Future.failedFuture(tooLarge(most));
    }
    request
        .handler(
            chunk -> {
              if (collected.length() + chunk.length() > most) {
                request.handler(rest -> {});
                closeAfterwards(request);
                body.tryFail(tooLarge(most));
              } else {
                collected.appendBuffer(chunk);
              }
            })
        .exceptionHandler(
            failure ->
                body.tryFail(
                    new RoomException(
                        ErrorKind.INVALID, "incomplete_body", "The body ended before its end.")))
        .endHandler(end -> body.tryComplete(collected));
    long timer =
        vertx.setTimer(
            patience.toMillis(),
            late -> {
              request.handler(rest -> {});
              closeAfterwards(request);
              body.tryFail(
                  new RoomException(
                      ErrorKind.INVALID,
                      "body_too_slow",
                      "The body took too long; send it again, or several smaller ones."));
            });
    return body.future().onComplete(done -> vertx.cancelTimer(timer));
  }

  /** Cuts the connections of requests whose body another handler waits for in vain. */
  static Handler<RoutingContext> cutSlow() {
    return cutSlow(PATIENCE.plusSeconds(LINGER_S));
  }

  static Handler<RoutingContext> cutSlow(Duration patience) {
    return ctx -> {
      HttpServerRequest request = ctx.request();
      long timer =
          ctx.vertx()
              .setTimer(
                  patience.toMillis(),
                  late -> {
                    if (!request.isEnded()) {
                      request.connection().close();
                    }
                  });
      ctx.addEndHandler(done -> ctx.vertx().cancelTimer(timer));
      ctx.next();
    };
  }

  /**
   * The body decompressed if it is gzip by its first bytes: clients mislabel it, so the label does
   * not count.
   *
   * @param most bytes that it may have afterwards
   * @throws RoomException {@code body_too_large}, {@code invalid_encoding}
   */
  static byte[] inflate(Buffer body, int most) {
    byte[] bytes = body.getBytes();
    if (bytes.length < 2
        || (bytes[0] & 0xff) != GZIP_MAGIC_1
        || (bytes[1] & 0xff) != GZIP_MAGIC_2) {
      return bytes;
    }
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      byte[] inflated = in.readNBytes(most + 1);
      if (inflated.length > most) {
        throw tooLarge(most);
      }
      return inflated;
    } catch (IOException e) {
      throw new RoomException(
          ErrorKind.UNSUPPORTED,
          "invalid_encoding",
          "The body begins like gzip, but is not valid gzip.");
    }
  }

  private static long declaredLength(HttpServerRequest request) {
    String header = request.getHeader("Content-Length");
    return header != null && LENGTH.matcher(header).matches() ? Long.parseLong(header) : -1;
  }

  /**
   * The rest of the body is thrown away, so the connection cannot be used again. It is closed a
   * little after the answer: a client that is still sending would not get to read it otherwise.
   */
  private static void closeAfterwards(HttpServerRequest request) {
    request
        .response()
        .putHeader("Connection", "close")
        .endHandler(answered -> request.connection().shutdown(LINGER_S, TimeUnit.SECONDS));
  }

  private static RoomException tooLarge(int most) {
    return new RoomException(
        ErrorKind.TOO_LARGE,
        "body_too_large",
        "A body may have " + most + " bytes; send several smaller ones.");
  }
}
