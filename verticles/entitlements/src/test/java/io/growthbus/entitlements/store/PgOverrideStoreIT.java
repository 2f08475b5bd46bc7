package io.growthbus.entitlements.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.entitlements.core.Overrides.Said;
import io.growthbus.entitlements.store.OverrideStore.Changed;
import io.growthbus.shared.config.EntitlementOverride;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.OverrideSubject;
import io.growthbus.shared.message.OverrideSubject.Kind;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class PgOverrideStoreIT {
  private static final Vertx VERTX = Vertx.vertx();
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final Pool POOL = Postgres.pool(VERTX, DATABASE, "entitlements", 4);
  private static final Pool OTHER = Postgres.pool(VERTX, DATABASE, "entitlements", 4);
  private static final AtomicInteger NAMES = new AtomicInteger();

  private final OverrideStore store = new PgOverrideStore(POOL);
  private final OverrideStore elsewhere = new PgOverrideStore(OTHER);
  private final SubscriptionStore facts = new PgSubscriptionStore(POOL, POOL);
  private final String name = "t" + NAMES.incrementAndGet() + "_";
  private final OverrideSubject user = new OverrideSubject(Kind.USER, name + "u");
  private final OverrideSubject account = new OverrideSubject(Kind.ACCOUNT, name + "acme");

  @AfterAll
  static void stop() {
    Await.result(Future.all(POOL.close(), OTHER.close()).compose(done -> VERTX.close()));
  }

  private static EntitlementOverride tier(String tier) {
    return new EntitlementOverride(
        tier, Map.of("exports", 5L), List.of("seats"), Map.of("sso", true), 9L, true, "why \"so\"");
  }

  private Changed put(OverrideSubject subject, String tier, @Nullable Long expected) {
    return Await.result(
        store.change(subject, Optional.of(tier(tier)), "operator", expected, 1_000));
  }

  private RoomException refused(Future<?> change) {
    return (RoomException) Await.failure(change);
  }

  private Said said(String id) {
    return Await.result(facts.ofUser(id)).said();
  }

  private List<String> history(OverrideSubject subject) {
    return Await.result(
        POOL.preparedQuery(
                """
                SELECT concat_ws(' ', actor, coalesce(before->>'tier', '-'), coalesce(after->>'tier', '-'))
                FROM entitlements.override_history WHERE id = $1 ORDER BY revision
                """)
            .execute(Tuple.of(subject.id()))
            .map(
                rows -> {
                  List<String> lines = new ArrayList<>();
                  rows.forEach(row -> lines.add(row.getString(0)));
                  return lines;
                }));
  }

  @Test
  void an_override_comes_back_as_it_was_stored_and_is_among_the_facts_of_the_user() {
    Changed put = put(user, "pro", null);

    assertThat(put.revisions()).isEqualTo(Map.of(user.id(), 1L));
    assertThat(Await.result(store.read(user)).orElseThrow().override()).isEqualTo(tier("pro"));
    assertThat(said(user.id())).isEqualTo(new Said(tier("pro"), List.of(), List.of()));
    assertThat(Await.result(facts.ofUser(user.id())).revision()).isEqualTo(1);
  }

  @Test
  void
      the_same_again_changes_nothing_but_says_who_has_to_know_and_every_change_is_in_the_history() {
    Changed first = put(user, "pro", null);
    assertThat(put(user, "pro", null))
        .isEqualTo(new Changed(first.revision(), false, Map.of(user.id(), 1L)));
    put(user, "team", first.revision());
    Await.result(store.change(user, Optional.empty(), "open", null, 1_000));

    assertThat(history(user)).containsExactly("operator - pro", "operator pro team", "open team -");
    assertThat(said(user.id())).isEqualTo(Said.NOTHING);
    assertThat(Await.result(facts.ofUser(user.id())).revision()).isEqualTo(3);
  }

  @Test
  void another_revision_is_refused_and_none_is_given_out_twice() {
    long first = put(user, "pro", 0L).revision();
    assertThat(refused(store.change(user, Optional.of(tier("team")), "operator", 0L, 1)).code())
        .isEqualTo("revision_mismatch");
    Await.result(store.change(user, Optional.empty(), "operator", first, 1));
    assertThat(refused(store.change(user, Optional.empty(), "operator", null, 1)).code())
        .isEqualTo("unknown_override");
    assertThat(put(user, "pro", 0L).revision()).isGreaterThan(first);
    assertThat(refused(store.change(user, Optional.empty(), "operator", first, 1)).code())
        .isEqualTo("revision_mismatch");
  }

  @Test
  void what_is_said_of_an_account_reaches_its_members_and_raises_their_revisions() {
    Await.result(store.member(account.id(), name + "a", true, 1));
    assertThat(Await.result(store.member(account.id(), name + "a", true, 1)))
        .isEqualTo(new Changed(0, false, Map.of(name + "a", 1L)));
    Await.result(store.member(account.id(), name + "b", true, 1));

    assertThat(put(account, "pro", null).revisions())
        .isEqualTo(Map.of(name + "a", 2L, name + "b", 2L));
    assertThat(said(name + "a"))
        .isEqualTo(new Said(null, List.of(tier("pro")), List.of(account.id())));
    assertThat(Await.result(store.member(account.id(), name + "a", false, 1)).revisions())
        .isEqualTo(Map.of(name + "a", 3L));
    assertThat(said(name + "a")).isEqualTo(Said.NOTHING);
    assertThat(said(name + "b").ofAccounts()).hasSize(1);
  }

  @Test
  void a_user_has_at_most_twenty_accounts() {
    for (int i = 0; i < OverrideStore.MOST_ACCOUNTS; i++) {
      Await.result(store.member(account.id() + i, user.id(), true, 1));
    }

    assertThat(refused(store.member(account.id(), user.id(), true, 1)).code())
        .isEqualTo("too_many_accounts");
    assertThat(said(user.id()).accounts()).hasSize(OverrideStore.MOST_ACCOUNTS);
  }

  @Test
  void changes_of_two_accounts_with_the_same_members_at_once_deadlock_never() {
    OverrideSubject second = new OverrideSubject(Kind.ACCOUNT, name + "beta");
    for (int i = 0; i < 12; i++) {
      // In opposite orders, which is that in which an unsorted statement would meet them.
      Await.result(store.member(account.id(), name + "m" + (11 - i), true, 1));
      Await.result(store.member(second.id(), name + "m" + i, true, 1));
    }
    List<Future<Changed>> changes = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      OverrideStore node = i % 2 == 0 ? store : elsewhere;
      OverrideSubject subject = i % 3 == 0 ? account : second;
      changes.add(node.change(subject, Optional.of(tier("v" + i)), "operator", null, i));
    }
    Map<String, Long> highest = new TreeMap<>();
    changes.stream()
        .map(Await::result)
        .forEach(
            changed -> changed.revisions().forEach((id, r) -> highest.merge(id, r, Math::max)));

    assertThat(highest.values()).hasSize(12).allMatch(revision -> revision == 42);
  }
}
