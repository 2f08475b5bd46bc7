package io.growthbus.bench.ingest;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The rate as the tables grow. At each size the product is measured while it adds rows, then {@code
 * COPY} adds the same rows to tables of the same size; in between both are filled up to the next
 * size, the product's by requests.
 */
final class GrowthCurve {
  private static final Duration LONGEST_FILL = Duration.ofSeconds(10);
  private static final double FIRST_GUESS = 20_000;

  private final BenchDatabase database;
  private final HttpSubject product;
  private final IngestPlan plan;
  private final int connections;
  private final List<Point> points = new ArrayList<>();
  private long total;
  private long mirroredUntilMs;
  private double lastRate = FIRST_GUESS;

  GrowthCurve(BenchDatabase database, HttpSubject product, IngestPlan plan, int connections) {
    this.database = database;
    this.product = product;
    this.plan = plan;
    this.connections = connections;
  }

  /**
   * A place on the curve.
   *
   * @param rows in the tables before the measurement
   */
  record Point(long rows, double perSecond, double copyPerSecond) {
    double ratio() {
      return perSecond / copyPerSecond;
    }
  }

  List<Point> measure() throws SQLException, IOException {
    database.emptyProduct();
    database.empty("bench.copy_event", "bench.copy_event_id");
    mirroredUntilMs = cut();
    for (long size : plan.curve()) {
      fill(size);
      long filledUntilMs = cut();
      database.mirror(mirroredUntilMs, filledUntilMs);
      database.checkpoint();
      long before = total;
      Load.Result measured = product.addMore(connections, plan.ramp(), plan.curveWindow());
      total += measured.accepted();
      lastRate = measured.eventsPerSecond();
      mirroredUntilMs = cut();
      BenchDatabase.Rows rows = database.since(filledUntilMs);
      database.checkpoint();
      points.add(new Point(before, measured.eventsPerSecond(), database.copyIn(rows)));
      product.expectStored(total);
      System.out.println("  " + text(points.get(points.size() - 1)));
    }
    return List.copyOf(points);
  }

  /** How the ratio to {@code COPY} with all rows compares with that without any. */
  static double held(List<Point> points) {
    return points.get(points.size() - 1).ratio() / points.get(0).ratio();
  }

  static JsonArray toJson(List<Point> points) {
    JsonArray json = new JsonArray();
    points.forEach(
        point ->
            json.add(
                new JsonObject()
                    .put("rows", point.rows())
                    .put("http_per_second", point.perSecond())
                    .put("copy_per_second", point.copyPerSecond())
                    .put("ratio", point.ratio())));
    return json;
  }

  static String text(Point point) {
    return String.format(
        Locale.ROOT,
        "%,12d rows: http %,9.0f/s, COPY %,9.0f/s, ratio %.2f",
        point.rows(),
        point.perSecond(),
        point.copyPerSecond(),
        point.ratio());
  }

  private void fill(long size) throws IOException {
    long announced = System.nanoTime();
    while (total < size) {
      double seconds = (size - total) / Math.max(1_000, lastRate);
      long millis = Math.min(LONGEST_FILL.toMillis(), Math.max(50, (long) (1_000 * seconds)));
      Load.Result filled = product.addMore(connections, Duration.ZERO, Duration.ofMillis(millis));
      if (filled.accepted() == 0) {
        throw new IllegalStateException("nothing was accepted: " + filled.firstFailure());
      }
      total += filled.accepted();
      if (System.nanoTime() - announced > 30e9) {
        announced = System.nanoTime();
        System.out.printf(Locale.ROOT, "  filling: %,d of %,d rows%n", total, size);
      }
    }
  }

  /** A moment after everything that was answered before and before everything that comes. */
  private static long cut() {
    long moment = System.currentTimeMillis() + 2;
    while (System.currentTimeMillis() <= moment) {
      Thread.onSpinWait();
    }
    return moment;
  }
}
