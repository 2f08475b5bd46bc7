package io.growthbus.entitlements.store;

import static io.growthbus.entitlements.store.PgSubscriptionStore.time;

import io.growthbus.shared.config.EntitlementOverride;
import io.growthbus.shared.config.OverrideForm;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.OverrideSubject;
import io.growthbus.shared.message.OverrideSubject.Kind;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Overrides in PostgreSQL.
 *
 * <p>Changes of one subject wait for each other, and so do those of an account and of its members:
 * otherwise a member who is added while the override changes would have a revision from before it.
 * The revisions of users are raised last, in sorted order.
 */
public final class PgOverrideStore implements OverrideStore {
  static final String LOCK =
      "SELECT pg_advisory_xact_lock(hashtextextended('entitlements.override ' || $1::text || ' ' || $2::text, 0))";

  private static final String READ =
      """
      SELECT definition::text AS definition, revision, changed_at FROM entitlements.override
      WHERE kind = $1 AND id = $2
      """;

  private static final String PUT =
      """
      WITH stored AS (
        INSERT INTO entitlements.override (kind, id, definition, revision, changed_at)
        VALUES ($1::text, $2::text, $5::text::jsonb, nextval('entitlements.override_revision'), $6::timestamptz)
        ON CONFLICT (kind, id) DO UPDATE
          SET definition = EXCLUDED.definition, revision = EXCLUDED.revision, changed_at = EXCLUDED.changed_at
        RETURNING revision
      )
      INSERT INTO entitlements.override_history (revision, kind, id, actor, changed_at, before, after)
      SELECT revision, $1::text, $2::text, $3::text, $6::timestamptz, $4::text::jsonb, $5::text::jsonb FROM stored
      RETURNING revision
      """;

  private static final String DELETE =
      """
      WITH gone AS (DELETE FROM entitlements.override WHERE kind = $1::text AND id = $2::text)
      INSERT INTO entitlements.override_history (revision, kind, id, actor, changed_at, before, after)
      VALUES (nextval('entitlements.override_revision'), $1::text, $2::text, $3::text, $6::timestamptz, $4::text::jsonb, $5::text::jsonb)
      RETURNING revision
      """;

  private static final String JOIN =
      """
      WITH joined AS (
        INSERT INTO entitlements.account_member (account_id, user_id, since) VALUES ($1, $2, $3)
        ON CONFLICT (account_id, user_id) DO NOTHING
        RETURNING account_id, user_id, since
      )
      INSERT INTO entitlements.account_member_past (account_id, user_id, valid_from)
      SELECT account_id, user_id, since FROM joined
      ON CONFLICT (user_id, account_id, valid_from) DO UPDATE SET valid_to = NULL, ended_at = NULL
      """;

  // Whoever was taken out after that was claimed stays out.
  private static final String JOIN_BY_CLAIM =
      """
      WITH joined AS (
        INSERT INTO entitlements.account_member (account_id, user_id, since)
        SELECT $1, $2, $3
        WHERE NOT EXISTS (
          SELECT FROM entitlements.account_member_past p
          WHERE p.user_id = $2 AND p.account_id = $1 AND p.ended_at > $4)
        ON CONFLICT (account_id, user_id) DO NOTHING
        RETURNING account_id, user_id, since
      )
      INSERT INTO entitlements.account_member_past (account_id, user_id, valid_from)
      SELECT account_id, user_id, since FROM joined
      ON CONFLICT (user_id, account_id, valid_from) DO UPDATE SET valid_to = NULL, ended_at = NULL
      """;

  // The clocks of two nodes may differ: nobody leaves before having joined.
  private static final String LEAVE =
      """
      WITH ended AS (
        UPDATE entitlements.account_member_past SET valid_to = GREATEST(valid_from, $3), ended_at = clock_timestamp()
        WHERE account_id = $1 AND user_id = $2 AND valid_to IS NULL
      )
      DELETE FROM entitlements.account_member WHERE account_id = $1 AND user_id = $2
      """;

  private static final String COUNTS =
      """
      SELECT (SELECT count(*) FROM entitlements.account_member WHERE account_id = $1) AS members,
             (SELECT count(*) FROM entitlements.account_member WHERE user_id = $2) AS accounts
      """;

  private static final String CONCERNED =
      """
      SELECT $2::text AS user_id WHERE $1::text = 'user'
      UNION SELECT m.user_id FROM entitlements.account_member m WHERE $1::text = 'account' AND m.account_id = $2::text
      """;

  private static final String RAISE =
      """
      INSERT INTO entitlements.user_revision AS r (user_id, revision)
      SELECT user_id, 1 FROM (%s) AS concerned
      ORDER BY user_id COLLATE "C"
      ON CONFLICT (user_id) DO UPDATE SET revision = r.revision + 1
      RETURNING user_id, revision
      """
          .formatted(CONCERNED);

  private static final String REVISIONS =
      "SELECT r.user_id, r.revision FROM entitlements.user_revision r WHERE r.user_id IN (%s)"
          .formatted(CONCERNED);

  private final Pool pool;

  public PgOverrideStore(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<Optional<Stored>> read(OverrideSubject subject) {
    return pool.preparedQuery(READ).execute(key(subject)).map(PgOverrideStore::stored);
  }

  @Override
  public Future<Changed> change(
      OverrideSubject subject,
      Optional<EntitlementOverride> override,
      String actor,
      @Nullable Long expected,
      long nowMs) {
    return pool.withTransaction(
        connection ->
            connection
                .preparedQuery(LOCK)
                .execute(key(subject))
                .compose(locked -> connection.preparedQuery(READ).execute(key(subject)))
                .compose(
                    rows -> {
                      Optional<Stored> before = stored(rows);
                      check(before, override, expected);
                      if (before.map(Stored::override).equals(override)) {
                        long revision = before.map(Stored::revision).orElse(0L);
                        return unchanged(connection, subject, revision);
                      }
                      Tuple change =
                          key(subject)
                              .addString(actor)
                              .addString(
                                  before.map(b -> OverrideForm.text(b.override())).orElse(null))
                              .addString(override.map(OverrideForm::text).orElse(null))
                              .addOffsetDateTime(time(nowMs));
                      return connection
                          .preparedQuery(override.isPresent() ? PUT : DELETE)
                          .execute(change)
                          .compose(
                              put -> raise(connection, subject, put.iterator().next().getLong(0)));
                    }));
  }

  private static void check(
      Optional<Stored> before, Optional<EntitlementOverride> override, @Nullable Long expected) {
    if (expected != null && !expected.equals(before.map(Stored::revision).orElse(0L))) {
      throw new RoomException(
          ErrorKind.CONFLICT, "revision_mismatch", "The override has changed; read it again.");
    }
    if (before.isEmpty() && override.isEmpty()) {
      throw new RoomException(
          ErrorKind.NOT_FOUND, "unknown_override", "There is no such override.");
    }
  }

  @Override
  public Future<Changed> member(String accountId, String userId, boolean member, long nowMs) {
    return member(
        accountId, userId, member, member ? JOIN : LEAVE, Tuple.of(accountId, userId, time(nowMs)));
  }

  @Override
  public Future<Changed> claim(Claim claim, long nowMs) {
    return member(
        claim.accountId(),
        claim.userId(),
        true,
        JOIN_BY_CLAIM,
        Tuple.of(claim.accountId(), claim.userId(), time(nowMs), claim.claimedAt()));
  }

  private Future<Changed> member(
      String accountId, String userId, boolean member, String change, Tuple parameters) {
    OverrideSubject account = new OverrideSubject(Kind.ACCOUNT, accountId);
    Tuple both = Tuple.of(accountId, userId);
    return pool.withTransaction(
        connection ->
            connection
                .preparedQuery(LOCK)
                .execute(key(account))
                .compose(locked -> connection.preparedQuery(change).execute(parameters))
                .compose(
                    rows ->
                        rows.rowCount() == 0
                            ? unchanged(connection, new OverrideSubject(Kind.USER, userId), 0)
                            : connection
                                .preparedQuery(COUNTS)
                                .execute(both)
                                .compose(
                                    counts -> {
                                      checkCounts(counts.iterator().next(), member);
                                      return raise(
                                          connection, new OverrideSubject(Kind.USER, userId), 0);
                                    })));
  }

  private static void checkCounts(Row counts, boolean member) {
    if (member && counts.getLong("members") > MOST_MEMBERS) {
      throw new RoomException(
          ErrorKind.CONFLICT,
          "too_many_members",
          "An account has at most " + MOST_MEMBERS + " members.");
    }
    if (member && counts.getLong("accounts") > MOST_ACCOUNTS) {
      throw new RoomException(
          ErrorKind.CONFLICT,
          "too_many_accounts",
          "A user is a member of at most " + MOST_ACCOUNTS + " accounts.");
    }
  }

  private static Future<Changed> raise(
      SqlConnection connection, OverrideSubject subject, long revision) {
    return connection
        .preparedQuery(RAISE)
        .execute(key(subject))
        .map(rows -> new Changed(revision, true, UserRevisions.of(rows)));
  }

  /** The caches are told again, in case that was lost when the change was made. */
  private static Future<Changed> unchanged(
      SqlConnection connection, OverrideSubject subject, long revision) {
    return connection
        .preparedQuery(REVISIONS)
        .execute(key(subject))
        .map(rows -> new Changed(revision, false, UserRevisions.of(rows)));
  }

  private static Tuple key(OverrideSubject subject) {
    return Tuple.of(subject.kind().name().toLowerCase(Locale.ROOT), subject.id());
  }

  private static Optional<Stored> stored(RowSet<Row> rows) {
    if (rows.size() == 0) {
      return Optional.empty();
    }
    Row row = rows.iterator().next();
    return Optional.of(
        new Stored(
            OverrideForm.stored(row.getString("definition")),
            row.getLong("revision"),
            row.getOffsetDateTime("changed_at").toInstant().toEpochMilli()));
  }
}
