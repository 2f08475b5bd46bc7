package io.growthbus.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.core.ConsentStatement.State;
import io.growthbus.ingest.store.PgConsentStore;
import io.growthbus.ingest.store.PgConsentStore.Stated;
import io.growthbus.shared.message.ReadConsent;
import io.growthbus.shared.message.UserConsent.Said;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConsentIT {
  private final PostgresSettings database = TestPostgres.freshDatabase();
  private final Vertx vertx = Vertx.vertx();
  private final AtomicLong now = new AtomicLong();
  private final PgConsentStore store =
      new PgConsentStore(Postgres.pool(vertx, database, "ingest", 2));
  private final ConsentService node1 =
      new ConsentService(store, () -> Instant.ofEpochMilli(now.get()));
  private final ConsentService node2 =
      new ConsentService(store, () -> Instant.ofEpochMilli(now.get()));

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private static Stated said(State state, long atMs) {
    return new Stated("ada", "marketing", state, atMs);
  }

  private Map<String, Said> known() {
    return Await.result(node1.read(new ReadConsent("ada"))).purposes();
  }

  @Test
  void the_latest_statement_wins_whatever_the_order_in_which_they_come() {
    Await.result(node1.note(List.of(said(State.DENIED, 200), said(State.GRANTED, 100))));
    Await.result(node2.note(List.of(said(State.GRANTED, 150))));
    assertThat(known()).isEqualTo(Map.of("marketing", Said.DENIED));

    Await.result(node2.note(List.of(new Stated("ada", "analytics", State.PENDING, 1))));
    now.addAndGet(60_000);
    Await.result(node2.note(List.of(said(State.GRANTED, 300))));
    assertThat(known()).isEqualTo(Map.of("marketing", Said.GRANTED, "analytics", Said.PENDING));
  }

  @Test
  void a_refusal_is_noted_at_once_though_another_node_was_told_of_the_agreement() {
    Await.result(node1.note(List.of(said(State.DENIED, 100))));
    Await.result(node2.note(List.of(said(State.GRANTED, 200))));
    Await.result(node1.note(List.of(said(State.DENIED, 300))));

    assertThat(known()).isEqualTo(Map.of("marketing", Said.DENIED));
  }

  @Test
  void of_a_user_who_said_nothing_nothing_is_known() {
    assertThat(known()).isEmpty();
  }
}
