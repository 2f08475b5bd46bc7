package io.growthbus.shared.erasure;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.ExportPage;
import io.growthbus.shared.message.ExportUser;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a room stores of a user, read page by page, one source after the other. */
public final class UserExport {
  /** Rows of a page; a row has at most some tens of kilobytes. */
  static final int PAGE = 200;

  /**
   * A table that holds data of users.
   *
   * @param type what its rows are, the {@code type} of the lines
   * @param columns what of a row is exported, SQL
   * @param from table and alias, SQL
   * @param condition which rows are the user's ($1), SQL
   * @param key columns that order the rows without ties, SQL; all of them are compared as they are
   * @param keyTypes types of those columns
   * @param first a key before every row
   */
  public record Source(
      String type,
      String columns,
      String from,
      String condition,
      List<String> key,
      List<String> keyTypes,
      List<String> first) {

    /** A table whose key is text. */
    public static Source of(String type, String table, String condition, String... key) {
      return new Source(
          type,
          "t.*",
          table + " t",
          condition,
          List.of(key),
          List.of(key).stream().map(k -> "text").toList(),
          List.of(key).stream().map(k -> "").toList());
    }

    private String sql() {
      List<String> parts = new ArrayList<>();
      for (int i = 0; i < key.size(); i++) {
        parts.add("($2::text[])[" + (i + 1) + "]::" + keyTypes.get(i));
      }
      String keys = String.join(", ", key);
      String texts = String.join("::text, ", key) + "::text";
      return """
      SELECT ARRAY[%s] AS place, (SELECT row_to_json(x) FROM (SELECT '%s' AS type, %s) x)::text AS line
      FROM %s WHERE (%s) AND (%s) > (%s) ORDER BY %s LIMIT %d
      """
          .formatted(
              texts, type, columns, from, condition, keys, String.join(", ", parts), keys, PAGE);
    }
  }

  private final Pool pool;
  private final List<Source> sources;

  public UserExport(Pool pool, List<Source> sources) {
    this.pool = pool;
    this.sources = List.copyOf(sources);
  }

  /**
   * A page.
   *
   * @return fails with {@link RoomException} {@code invalid_cursor} or {@code store_unavailable}
   */
  public Future<ExportPage> page(ExportUser question) {
    Place place;
    try {
      place = Place.parse(question.after(), sources);
    } catch (IllegalArgumentException e) {
      return Future.failedFuture(
          new RoomException(
              ErrorKind.INVALID, "invalid_cursor", "The place must be that of an earlier page."));
    }
    Source source = sources.get(place.source());
    return pool.preparedQuery(source.sql())
        .execute(Tuple.of(question.userId()).addArrayOfString(place.key().toArray(String[]::new)))
        .map(rows -> page(place.source(), rows))
        .recover(
            failure ->
                Future.failedFuture(
                    Postgres.isTransient(failure)
                        ? new RoomException(
                            ErrorKind.UNAVAILABLE,
                            "store_unavailable",
                            "What is stored cannot be read now; try again.")
                        : failure));
  }

  private ExportPage page(int source, RowSet<Row> rows) {
    List<String> lines = new ArrayList<>();
    String[] last = {};
    for (Row row : rows) {
      lines.add(row.getString("line"));
      last = row.getArrayOfStrings("place");
    }
    if (lines.size() == PAGE) {
      return new ExportPage(lines, new Place(source, List.of(last)).text());
    }
    boolean more = source + 1 < sources.size();
    return new ExportPage(
        lines, more ? new Place(source + 1, sources.get(source + 1).first()).text() : null);
  }

  /** Where a page begins. */
  private record Place(int source, List<String> key) {
    String text() {
      return new JsonArray(new ArrayList<>(key)).add(source).encode();
    }

    static Place parse(@Nullable String text, List<Source> sources) {
      if (text == null) {
        return new Place(0, sources.get(0).first());
      }
      try {
        JsonArray parts = new JsonArray(text);
        int source = parts.getInteger(parts.size() - 1);
        List<String> key = new ArrayList<>();
        for (int i = 0; i < sources.get(source).key().size(); i++) {
          key.add(parts.getString(i));
        }
        return new Place(source, key);
      } catch (DecodeException | ClassCastException | IndexOutOfBoundsException e) {
        throw new IllegalArgumentException("not a place", e);
      }
    }
  }
}
