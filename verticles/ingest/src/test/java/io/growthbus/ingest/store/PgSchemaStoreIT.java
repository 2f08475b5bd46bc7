package io.growthbus.ingest.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.growthbus.ingest.core.schema.PublishRules.Decision;
import io.growthbus.ingest.store.SchemaStore.Deleted;
import io.growthbus.ingest.store.SchemaStore.Published;
import io.growthbus.ingest.store.SchemaStore.Registry;
import io.growthbus.ingest.store.SchemaStore.StoredSchema;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class PgSchemaStoreIT {
  private static final Vertx VERTX = Vertx.vertx();
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final SchemaStore STORE =
      new PgSchemaStore(Postgres.pool(VERTX, DATABASE, "ingest", 4));
  private static final Decision YES = new Decision.Publish();

  private final String event = "e-" + UUID.randomUUID();

  @AfterAll
  static void close() {
    Await.result(STORE.close());
    Await.result(VERTX.close());
  }

  private Published publish(String version, String schema) {
    return Await.result(STORE.publish(event, version, schema, null, "operator", stored -> YES));
  }

  private List<StoredSchema> stored() {
    return Await.result(STORE.read()).schemas().stream()
        .filter(schema -> schema.event().equals(event))
        .toList();
  }

  @Test
  void a_published_version_comes_back_with_the_revision_that_it_made() {
    long before = Await.result(STORE.revision());
    Published first = publish("1.0.0", "{\"type\": \"object\"}");
    publish("1.1.0", "{\"title\": \"ü😀\"}");

    assertThat(first).isEqualTo(new Published(YES, before + 1));
    Registry registry = Await.result(STORE.read());
    assertThat(registry.revision()).isEqualTo(before + 2).isEqualTo(Await.result(STORE.revision()));
    assertThat(stored())
        .extracting(StoredSchema::version, StoredSchema::schema)
        .containsExactlyInAnyOrder(
            tuple("1.0.0", "{\"type\": \"object\"}"), tuple("1.1.0", "{\"title\": \"ü😀\"}"));
    assertThat(stored()).allMatch(schema -> schema.publishedAtMs() > 1_700_000_000_000L);
  }

  @Test
  void what_the_gate_refuses_changes_nothing() {
    publish("1.0.0", "{}");
    long before = Await.result(STORE.revision());
    Decision no = new Decision.Refuse("no", "No.", null);

    Published refused =
        Await.result(
            STORE.publish(
                event,
                "1.1.0",
                "{}",
                null,
                "operator",
                stored -> {
                  assertThat(stored).extracting(StoredSchema::version).containsExactly("1.0.0");
                  return no;
                }));

    assertThat(refused).isEqualTo(new Published(no, before));
    assertThat(stored()).hasSize(1);
  }

  @Test
  void what_is_published_and_removed_is_in_the_audit_with_its_actor() {
    publish("1.0.0", "{\"title\": \"t\"}");
    long revision = Await.result(STORE.delete(event, null, null, "operator")).revision();

    assertThat(AuditRows.of(DATABASE, event))
        .containsExactly(
            "operator added schema {\"schema\": {\"title\": \"t\"}, \"version\": \"1.0.0\"} "
                + (revision - 1),
            "operator removed schema null " + revision);
  }

  @Test
  void simultaneous_orders_see_each_other() {
    List<Future<Published>> orders =
        IntStream.range(0, 8)
            .mapToObj(
                i ->
                    STORE.publish(
                        event,
                        "1.0." + i,
                        "{}",
                        null,
                        "operator",
                        stored -> stored.isEmpty() ? YES : new Decision.AlreadyThere()))
            .toList();

    assertThat(orders.stream().map(Await::result).map(Published::decision))
        .filteredOn(YES::equals)
        .hasSize(1);
    assertThat(stored()).hasSize(1);
  }

  @Test
  void an_order_for_another_revision_than_the_one_expected_is_refused() {
    long revision = publish("1.0.0", "{}").revision();

    Throwable publishing =
        Await.failure(STORE.publish(event, "1.1.0", "{}", revision - 1, "operator", stored -> YES));
    Throwable deleting = Await.failure(STORE.delete(event, null, revision + 1, "operator"));

    assertThat(List.of(publishing, deleting))
        .allSatisfy(
            failure ->
                assertThat(failure)
                    .isInstanceOfSatisfying(
                        RoomException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo("revision_mismatch")));
    assertThat(stored()).hasSize(1);
    assertThat(Await.result(STORE.delete(event, null, revision, "operator")).versions())
        .isEqualTo(1);
  }

  @Test
  void one_version_or_all_of_an_event_can_be_removed() {
    publish("1.0.0", "{}");
    publish("1.1.0", "{}");
    long revision = publish("1.2.0", "{}").revision();

    assertThat(Await.result(STORE.delete(event, "1.1.0", null, "operator")))
        .isEqualTo(new Deleted(1, revision + 1));
    assertThat(Await.result(STORE.delete(event, null, null, "operator")))
        .isEqualTo(new Deleted(2, revision + 2));
    assertThat(Await.result(STORE.delete(event, null, null, "operator")))
        .isEqualTo(new Deleted(0, revision + 2));
  }
}
