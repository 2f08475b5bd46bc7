package io.growthbus.entitlements.store;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** The members of accounts that a transaction changes something of. */
final class AccountMembers {
  private static final String MEMBERS =
      "SELECT user_id FROM entitlements.account_member WHERE account_id = ANY($1)";

  private AccountMembers() {}

  /**
   * The members, those who are joining at this moment too: joining takes the same lock.
   *
   * @param accounts in the order in which they are locked
   */
  static Future<Set<String>> locked(SqlConnection connection, SortedSet<String> accounts) {
    Future<Void> locked = Future.succeededFuture();
    for (String account : accounts) {
      locked =
          locked.compose(
              done ->
                  connection
                      .preparedQuery(PgOverrideStore.LOCK)
                      .execute(Tuple.of("account", account))
                      .mapEmpty());
    }
    return accounts.isEmpty()
        ? Future.succeededFuture(Set.of())
        : locked
            .compose(
                done ->
                    connection
                        .preparedQuery(MEMBERS)
                        .execute(Tuple.tuple().addArrayOfString(accounts.toArray(String[]::new))))
            .map(
                rows -> {
                  Set<String> members = new TreeSet<>();
                  rows.forEach(row -> members.add(row.getString("user_id")));
                  return members;
                });
  }
}
