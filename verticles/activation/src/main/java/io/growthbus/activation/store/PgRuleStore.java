package io.growthbus.activation.store;

import io.growthbus.activation.core.RuleSet;
import io.growthbus.activation.core.RuleSet.Change;
import io.growthbus.activation.core.RuleSet.Source;
import io.growthbus.activation.core.RuleSet.Stored;
import io.growthbus.activation.store.PromptStore.PromptOfUser;
import io.growthbus.shared.audit.AuditLog;
import io.growthbus.shared.config.RuleJson;
import io.growthbus.shared.config.RuleReader;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.DefinitionItem;
import io.growthbus.shared.message.RuleList;
import io.growthbus.shared.message.RuleState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Rules in PostgreSQL. */
public final class PgRuleStore implements RuleStore {
  // One statement, so that revision and rules are of one moment.
  private static final String READ =
      """
      SELECT v.revision, r.key, r.definition::text AS definition, r.source,
             (extract(epoch FROM r.updated_at) * 1000)::int8 AS updated_ms
      FROM activation.rule_revision v LEFT JOIN activation.rule r ON true
      ORDER BY r.key COLLATE "C"
      """;

  private static final String PUT =
      """
      INSERT INTO activation.rule (key, definition, source) VALUES ($1, $2::text::json, $3)
      ON CONFLICT (key) DO UPDATE
        SET definition = EXCLUDED.definition, source = EXCLUDED.source, updated_at = now()
      """;

  private static final String REMOVE =
      """
      WITH removed AS (DELETE FROM activation.rule WHERE key = ANY ($1))
      INSERT INTO activation.removed_rule (key) SELECT unnest($1::text[])
      ON CONFLICT (key) DO UPDATE SET removed_at = now()
      """;

  private static final String NOT_REMOVED =
      "DELETE FROM activation.removed_rule WHERE key = ANY ($1)";

  // After a day no node acts by a rule that it has not seen since.
  private static final String RETRACT =
      """
      WITH forgotten AS (
        DELETE FROM activation.removed_rule WHERE removed_at < now() - interval '1 day'
      ), open AS MATERIALIZED (
        SELECT prompt_id FROM activation.prompt
        WHERE rule IN (SELECT key FROM activation.removed_rule) AND state IN ('pending', 'shown')
        ORDER BY prompt_id FOR UPDATE SKIP LOCKED
      )
      UPDATE activation.prompt p
      SET state = 'retracted', suppression = 'rule_removed', handled_at = now(), next_push_at = NULL
      FROM open WHERE p.prompt_id = open.prompt_id
      RETURNING p.prompt_id, p.user_id
      """;

  private final Pool pool;

  public PgRuleStore(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<Read> read() {
    return read(pool);
  }

  @Override
  public Future<Long> revision() {
    return pool.query("SELECT revision FROM activation.rule_revision")
        .execute()
        .map(rows -> rows.iterator().next().getLong(0));
  }

  @Override
  public Future<RuleList> list() {
    return pool.query(READ)
        .execute()
        .map(
            rows -> {
              List<RuleState> rules = new ArrayList<>();
              for (Row row : rows) {
                if (row.getString("key") != null) {
                  rules.add(state(row));
                }
              }
              return new RuleList(rows.iterator().next().getLong("revision"), List.copyOf(rules));
            });
  }

  @Override
  public Future<Edited> change(Edit edit) {
    return pool.withTransaction(connection -> change(connection, edit));
  }

  /** As {@link #change(Edit)}, in the transaction of a connection. */
  static Future<Edited> change(SqlConnection connection, Edit edit) {
    return connection
        .query("SELECT revision FROM activation.rule_revision FOR UPDATE")
        .execute()
        .compose(locked -> read(connection))
        .compose(before -> change(connection, before, edit));
  }

  private static Future<Edited> change(SqlConnection connection, Read before, Edit edit) {
    Long expected = edit.expectedRevision();
    if (expected != null && expected != before.revision()) {
      throw new RoomException(
          ErrorKind.CONFLICT, "revision_mismatch", "The rules have changed; read them again.");
    }
    RuleSet after = edit.decide().apply(before.rules());
    List<Change> changes = before.rules().changesTo(after);
    if (changes.isEmpty()) {
      return Future.succeededFuture(new Edited(before, false, false));
    }
    boolean meant = changes.stream().anyMatch(Change::isMeant);
    long revision = before.revision() + (meant ? 1 : 0);
    return write(connection, changes)
        .compose(
            done ->
                AuditLog.note(
                    connection,
                    "activation",
                    edit.actor(),
                    revision,
                    changes.stream().map(change -> audited(change, edit.actor())).toList()))
        .compose(
            done ->
                connection
                    .preparedQuery("UPDATE activation.rule_revision SET revision = $1")
                    .execute(Tuple.of(revision)))
        .map(done -> new Edited(new Read(revision, after), true, meant));
  }

  private static Future<?> write(SqlConnection connection, List<Change> changes) {
    List<Tuple> puts = new ArrayList<>();
    List<String> defined = new ArrayList<>();
    List<String> removed = new ArrayList<>();
    for (Change change : changes) {
      Stored after = change.after();
      if (after == null) {
        removed.add(change.key());
      } else {
        defined.add(change.key());
        puts.add(Tuple.of(change.key(), RuleJson.text(after.rule()), word(after.source())));
      }
    }
    Future<?> done = Future.succeededFuture();
    if (!puts.isEmpty()) {
      done =
          connection
              .preparedQuery(PUT)
              .executeBatch(puts)
              .compose(put -> connection.preparedQuery(NOT_REMOVED).execute(keys(defined)));
    }
    return removed.isEmpty()
        ? done
        : done.compose(put -> connection.preparedQuery(REMOVE).execute(keys(removed)));
  }

  private static Tuple keys(List<String> keys) {
    return Tuple.tuple().addArrayOfString(keys.toArray(String[]::new));
  }

  /** What an erasure finds names the user, so that only what is left may be kept. */
  private static AuditLog.Change audited(Change change, String actor) {
    AuditLog.Change whole =
        AuditLog.Change.between(
            "rule", change.key(), audited(change.before()), audited(change.after()));
    return actor.equals(AuditLog.ERASURE)
        ? new AuditLog.Change(whole.action(), whole.kind(), whole.key(), null, whole.after())
        : whole;
  }

  private static @Nullable String audited(@Nullable Stored stored) {
    return stored == null
        ? null
        : new JsonObject(RuleJson.text(stored.rule()))
            .put("source", word(stored.source()))
            .encode();
  }

  @Override
  public Future<List<PromptOfUser>> retractRemoved() {
    return pool.query(RETRACT).execute().map(PgPromptStore::ofUsers);
  }

  private static Future<Read> read(SqlClient client) {
    return client.query(READ).execute().map(PgRuleStore::read);
  }

  private static Read read(RowSet<Row> rows) {
    List<Stored> stored = new ArrayList<>();
    for (Row row : rows) {
      if (row.getString("key") != null) {
        stored.add(new Stored(RuleReader.stored(state(row)), source(row)));
      }
    }
    return new Read(rows.iterator().next().getLong("revision"), RuleSet.of(stored));
  }

  private static RuleState state(Row row) {
    return new RuleState(
        row.getString("key"),
        row.getString("definition"),
        DefinitionItem.Source.valueOf(source(row).name()),
        row.getLong("updated_ms"));
  }

  private static Source source(Row row) {
    return Source.valueOf(row.getString("source").toUpperCase(Locale.ROOT));
  }

  private static String word(Source source) {
    return source.name().toLowerCase(Locale.ROOT);
  }
}
