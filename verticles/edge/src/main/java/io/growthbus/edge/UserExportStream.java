package io.growthbus.edge;

import io.growthbus.shared.bus.Ask;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.message.ExportPage;
import io.growthbus.shared.message.ExportUser;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is stored of a user, as JSON lines: page by page from one room after the other, the next
 * page only when the last one is on its way to the caller.
 *
 * <p>The last line says that it was the last: an export that is cut off has none.
 */
final class UserExportStream {
  private static final List<Ask<ExportUser, ExportPage>> ROOMS =
      List.of(
          Channels.EXPORT_FROM_INGEST,
          Channels.EXPORT_FROM_ACTIVATION,
          Channels.EXPORT_FROM_ENTITLEMENTS,
          Channels.EXPORT_FROM_FLAGS);

  private final Bus bus;
  private final HttpServerResponse response;
  private final boolean headOnly;
  private final String userId;
  private long lines;

  UserExportStream(Bus bus, RoutingContext ctx, String userId) {
    this.bus = bus;
    this.response = ctx.response();
    this.headOnly = HttpMethod.HEAD.equals(ctx.request().method());
    this.userId = userId;
  }

  /**
   * Writes the response to its end.
   *
   * @return fails as {@link Bus#ask} does, before the first byte when a room is not there at all,
   *     or because the caller is gone
   */
  Future<Void> run() {
    List<Future<ExportPage>> first = ROOMS.stream().map(room -> page(room, null)).toList();
    return Future.all(first)
        .compose(
            all -> {
              response
                  .putHeader("Content-Type", "application/x-ndjson")
                  .putHeader("Cache-Control", "no-store");
              return headOnly ? response.end() : writeAll(first);
            });
  }

  private Future<Void> writeAll(List<Future<ExportPage>> first) {
    response.setChunked(true);
    Future<Void> written = Future.succeededFuture();
    for (int i = 0; i < ROOMS.size(); i++) {
      Ask<ExportUser, ExportPage> room = ROOMS.get(i);
      ExportPage page = first.get(i).result();
      written = written.compose(before -> write(room, page));
    }
    return written.compose(done -> response.end(end()));
  }

  private Future<Void> write(Ask<ExportUser, ExportPage> room, ExportPage page) {
    Buffer text = Buffer.buffer();
    page.lines().forEach(line -> text.appendString(line).appendString("\n"));
    lines += page.lines().size();
    String next = page.next();
    Future<Void> written = text.length() == 0 ? Future.succeededFuture() : response.write(text);
    return next == null
        ? written
        : written.compose(done -> page(room, next)).compose(more -> write(room, more));
  }

  private Future<ExportPage> page(Ask<ExportUser, ExportPage> room, @Nullable String after) {
    return bus.ask(room, new ExportUser(userId, after));
  }

  private Buffer end() {
    return new JsonObject()
        .put("type", "end")
        .put("complete", true)
        .put("lines", lines)
        .toBuffer()
        .appendString("\n");
  }
}
