package io.growthbus.shared.erasure;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Replaces the mentions of a user in a table, in one pass over its blocks: each step reads 16 MiB,
 * which is well within the time of a statement, and changes the rows found there in the same
 * transaction.
 */
public final class MentionScan {
  private static final int BLOCKS = 2_048;

  private final Pool pool;

  public MentionScan(Pool pool) {
    this.pool = pool;
  }

  /**
   * A table to look through.
   *
   * @param storage the table, or the partition of it, that holds the rows
   * @param name the table that is read and changed
   * @param condition which rows of it, SQL; those of a partition when it has any
   * @param others which of those are not the user's own ($4), SQL
   * @param texts columns of text
   * @param documents columns of {@code jsonb}
   */
  public record Table(
      String storage,
      String name,
      String condition,
      String others,
      List<String> texts,
      List<String> documents) {
    private Stream<String> columns() {
      return Stream.concat(texts.stream(), documents.stream());
    }
  }

  /** A further step on the same blocks, in the same transaction; sees the first and the end. */
  public interface Step {
    Future<?> on(SqlConnection connection, String firstRow, String endRow);
  }

  /** Replaces the mentions; fails with the error of PostgreSQL. */
  public Future<Void> run(Table table, Mention mention, Step before) {
    return pool.preparedQuery("SELECT pg_relation_size(to_regclass($1)) / 8192 AS blocks")
        .execute(Tuple.of(table.storage()))
        .compose(
            rows -> {
              Long blocks = rows.iterator().next().getLong("blocks");
              return from(0, blocks == null ? 0 : blocks, table, mention, before);
            });
  }

  private Future<Void> from(long block, long end, Table table, Mention mention, Step before) {
    if (block >= end) {
      return Future.succeededFuture();
    }
    String first = "(" + block + ",0)";
    String last = "(" + (block + BLOCKS) + ",0)";
    return pool.withTransaction(
            connection ->
                before
                    .on(connection, first, last)
                    .compose(done -> change(connection, first, last, table, mention)))
        .compose(done -> from(block + BLOCKS, end, table, mention, before));
  }

  private static Future<Void> change(
      SqlConnection connection, String first, String last, Table table, Mention mention) {
    return connection
        .preparedQuery(select(table))
        .execute(Tuple.of(first, last, mention.inJson(), mention.id()))
        .compose(
            rows -> {
              List<Tuple> changes = new ArrayList<>();
              rows.forEach(row -> addChange(row, table, mention, changes));
              return changes.isEmpty()
                  ? Future.succeededFuture()
                  : connection.preparedQuery(update(table)).executeBatch(changes).mapEmpty();
            });
  }

  private static void addChange(Row row, Table table, Mention mention, List<Tuple> changes) {
    Tuple change = Tuple.of(row.getString("row"));
    boolean changed = false;
    for (String column : table.columns().toList()) {
      String before = row.getString(column);
      boolean document = table.documents().contains(column);
      String after =
          before == null
              ? null
              : document ? mention.erasedFromJson(before) : mention.erasedFrom(before);
      // A document is written anew without the spaces of PostgreSQL, so its own text tells nothing.
      changed |=
          document ? after != null && after.contains(Mention.ERASED) : changed(before, after);
      change.addString(after);
    }
    if (changed) {
      changes.add(change);
    }
  }

  private static boolean changed(@Nullable String before, @Nullable String after) {
    return before != null && !before.equals(after);
  }

  private static String select(Table table) {
    String columns =
        table.columns().map(c -> c + "::text AS " + c).collect(Collectors.joining(", "));
    // Texts are looked through as JSON too: one search word for all, and a candidate costs little.
    String found =
        table
            .columns()
            .map(
                c ->
                    table.documents().contains(c)
                        ? "strpos(" + c + "::text, $3) > 0"
                        : "strpos(to_json(" + c + ")::text, $3) > 0")
            .collect(Collectors.joining(" OR "));
    return "SELECT ctid::text AS row, %s FROM %s WHERE %s AND ctid >= $1::text::tid AND ctid < $2::text::tid AND (%s) AND (%s) FOR UPDATE"
        .formatted(columns, table.name(), table.condition(), table.others(), found);
  }

  private static String update(Table table) {
    List<String> sets = new ArrayList<>();
    for (String column : table.columns().toList()) {
      sets.add(
          column
              + " = $"
              + (sets.size() + 2)
              + (table.documents().contains(column) ? "::text::jsonb" : ""));
    }
    return "UPDATE %s SET %s WHERE %s AND ctid = $1::text::tid"
        .formatted(table.name(), String.join(", ", sets), table.condition());
  }
}
