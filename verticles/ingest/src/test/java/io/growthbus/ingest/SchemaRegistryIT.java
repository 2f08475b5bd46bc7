package io.growthbus.ingest;

import static io.growthbus.ingest.EventJson.TIME_MS;
import static io.growthbus.ingest.EventJson.batch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.growthbus.ingest.registry.LiveContracts;
import io.growthbus.ingest.registry.SchemaService;
import io.growthbus.ingest.store.PgSchemaStore;
import io.growthbus.shared.bus.AppliedRevisions;
import io.growthbus.shared.bus.Ask;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.DeleteSchema;
import io.growthbus.shared.message.EventAnnotation;
import io.growthbus.shared.message.EventSchema;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.GenerateTypes;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.ListSchemas;
import io.growthbus.shared.message.PublishSchema;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.message.RejectedEvent;
import io.growthbus.shared.message.SchemaChange;
import io.growthbus.shared.message.SchemasChanged;
import io.growthbus.shared.message.StoredEvent;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Settings;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Contracts of events as other rooms meet them: over the bus, on a real database. */
class SchemaRegistryIT {
  private static final Vertx VERTX = Vertx.vertx();
  private static final Bus BUS = new Bus(VERTX);
  private static final Live<GrowthConfig> LIVE = new Live<>(config("{}"));
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final List<Long> ANNOUNCED = new CopyOnWriteArrayList<>();

  private final String name = "event " + UUID.randomUUID();
  private final String user = "u-" + UUID.randomUUID();

  private static GrowthConfig config(String violations) {
    return config(violations, "floor");
  }

  private static GrowthConfig config(String violations, String privacy) {
    Problems problems = new Problems();
    GrowthConfig config =
        GrowthConfigReader.read(
            """
            {
              "telemetry": {
                "schema_version": "1.0.0",
                "events": [{"name": "invited", "required_properties": ["role"]}],
                "violations": %s
              },
              "identity": "open",
              "privacy": {"mode": "%s"}
            }
            """
                .formatted(violations, privacy),
            problems);
    assertThat(problems.errors()).isEmpty();
    return config;
  }

  @BeforeAll
  static void openTheRoom() {
    Await.result(BUS.hear(Channels.SCHEMAS_CHANGED, change -> ANNOUNCED.add(change.revision())));
    Await.result(
        VERTX.deployVerticle(
            new IngestVerticle(BUS, LIVE, IngestSettings.from(Settings.defaults()), DATABASE)));
  }

  @AfterAll
  static void closeTheRoom() {
    Await.result(VERTX.close());
  }

  @BeforeEach
  void resetTheConfiguration() {
    LIVE.set(config("{}"));
  }

  private static <Q, R> R ask(Ask<Q, R> channel, Q question) {
    return Await.result(BUS.ask(channel, question));
  }

  private static String refusal(Ask<PublishSchema, SchemaChange> channel, PublishSchema order) {
    return ((RoomException) Await.failure(BUS.ask(channel, order))).code();
  }

  private PublishSchema order(String version, String schema) {
    return new PublishSchema(name, version, schema.replace('\'', '"'), null);
  }

  private SchemaChange publish(String version, String schema) {
    return ask(Channels.PUBLISH_SCHEMA, order(version, schema));
  }

  private EventsRecorded send(String event, String version, String properties) {
    String json =
        "{'event_id':'%s','name':'%s','schema_version':'%s','user_id':'%s','timestamp':%d,'properties':%s}"
            .formatted(UUID.randomUUID(), event, version, user, TIME_MS, properties)
            .replace('\'', '"');
    return ask(Channels.RECORD_EVENTS, new RecordEvents(batch(json), null, true, TIME_MS));
  }

  private List<StoredEvent> stored() {
    return ask(Channels.LIST_EVENTS, new ListEvents(user, null, 100, null)).items();
  }

  private static void assertRejected(EventsRecorded answer, String code, String pointer) {
    assertThat(answer.accepted()).isZero();
    assertThat(answer.rejected())
        .extracting(RejectedEvent::code, RejectedEvent::pointer)
        .containsExactly(tuple(code, pointer));
  }

  @Test
  void a_published_contract_holds_for_the_next_event() {
    assertThat(send(name, "1.0.0", "{'n':'x'}").accepted()).isEqualTo(1);

    publish("1.0.0", "{'properties':{'n':{'type':'integer'}},'required':['n']}");

    assertThat(send(name, "1.0.0", "{'n':1}").accepted()).isEqualTo(1);
    assertRejected(send(name, "1.0.0", "{'n':'x'}"), "wrong_type", "/properties/n");
    assertRejected(send(name, "1.0.0", "{}"), "required_missing", "/properties/n");
    assertRejected(send(name, "2.0.0", "{'n':1}"), "unknown_version", "/schema_version");
    assertThat(stored()).hasSize(2);
  }

  @Test
  void mild_violations_are_stored_with_the_event() {
    send(name, "1.0.0", "{}");
    publish("1.1.0", "{'properties':{'n':{}}}");
    send(name, "1.1.0", "{'more':1}");
    send(name, "1.0.0", "{'n':1}");
    send(name, "1.1.0", "{'n':1}");

    assertThat(stored())
        .extracting(StoredEvent::annotations)
        .containsExactlyInAnyOrder(
            List.of(new EventAnnotation("unplanned_event", "/name")),
            List.of(new EventAnnotation("additional_property", "/properties/more")),
            List.of(new EventAnnotation("unknown_version", "/schema_version")),
            null);
  }

  @Test
  void the_product_s_own_events_need_no_contract() {
    assertThat(send("$identify", "1.0.0", "{}").accepted()).isEqualTo(1);

    assertThat(stored()).extracting(StoredEvent::annotations).containsOnlyNulls();
  }

  @Test
  void what_is_done_about_a_violation_follows_the_configuration_while_the_room_runs() {
    LIVE.set(config("{\"unplanned_event\": \"drop\", \"required_missing\": \"annotate\"}"));

    assertRejected(send(name, "1.0.0", "{}"), "unplanned_event", "/name");
    assertThat(send("invited", "1.0.0", "{}").accepted()).isEqualTo(1);
    assertThat(stored())
        .extracting(StoredEvent::annotations)
        .containsExactly(List.of(new EventAnnotation("required_missing", "/properties/role")));
  }

  @Test
  void every_version_stays_resolvable() {
    publish("1.0.0", "{'properties':{'n':{'type':'integer'}}}");
    publish("1.1.0", "{'properties':{'n':{'type':'number'}}}");
    publish("2.0.0", "{'properties':{'n':{'type':'string'}}}");

    assertRejected(send(name, "1.0.0", "{'n':1.5}"), "wrong_type", "/properties/n");
    assertThat(send(name, "1.1.0", "{'n':1.5}").accepted()).isEqualTo(1);
    assertThat(send(name, "2.0.0", "{'n':'x'}").accepted()).isEqualTo(1);
  }

  @Test
  void an_incompatible_change_is_refused_and_the_same_again_is_no_change() {
    SchemaChange first = publish("1.0.0", "{'properties':{'n':{'type':'integer'}}}");
    SchemaChange again = publish("1.0.0", "{ 'properties' : {'n': {'type': 'integer'}} }");

    assertThat(first.changed()).isTrue();
    assertThat(again.changed()).isFalse();
    assertThat(again.revision()).isEqualTo(first.revision());
    assertThat(refusal(Channels.PUBLISH_SCHEMA, order("1.0.0", "{}"))).isEqualTo("version_exists");
    assertThat(refusal(Channels.PUBLISH_SCHEMA, order("1.1.0", "{'required':['n']}")))
        .isEqualTo("incompatible_schema");
    assertThat(refusal(Channels.PUBLISH_SCHEMA, order("1.1", "{}"))).isEqualTo("invalid_version");
    assertThat(refusal(Channels.PUBLISH_SCHEMA, order("1.1.0+b", "{}")))
        .isEqualTo("invalid_version");
    assertThat(refusal(Channels.PUBLISH_SCHEMA, order("1.1.0", "{'type':7}")))
        .isEqualTo("invalid_schema");
    assertThat(refusal(Channels.PUBLISH_SCHEMA, order("1.1.0", "{'title':'\\u0000'}")))
        .isEqualTo("invalid_schema");
    assertThat(refusal(Channels.PUBLISH_SCHEMA, new PublishSchema("a/b", "1.0.0", "{}", null)))
        .isEqualTo("invalid_name");
  }

  @Test
  void in_allow_list_mode_a_published_contract_names_properties_from_the_next_event_on() {
    LIVE.set(config("{}", "allow_list"));
    send(name, "1.0.0", "{'n':1,'x':2}");
    publish("1.0.0", "{'properties':{'n':{}},'additionalProperties':true}");
    send(name, "1.0.0", "{'n':1,'x':2}");

    assertThat(stored())
        .extracting(StoredEvent::properties)
        .containsExactlyInAnyOrder(Map.of(), Map.of("n", 1));
  }

  @Test
  void an_event_is_not_refused_for_what_was_scrubbed_in_it() {
    publish("1.0.0", "{'properties':{'to':{'type':'string','pattern':'@','minLength':12}}}");

    assertThat(send(name, "1.0.0", "{'to':'ann@example.com'}").accepted()).isEqualTo(1);
    assertRejected(send(name, "1.0.0", "{'to':'nobody'}"), "wrong_type", "/properties/to");
  }

  @Test
  void a_refusal_names_the_place_in_the_schema() {
    publish("1.0.0", "{'properties':{'n':{'type':'integer'}}}");

    assertThat(place("1.1.0", "{'properties':{'n':{'type':'string'}}}"))
        .isEqualTo("incompatible_schema /properties/n/type");
    assertThat(place("1.1.0", "{'properties':{'n':{'minimum':'1'}}}"))
        .isEqualTo("invalid_schema /properties/n/minimum");
    assertThat(place("1.1.0", "{'$id':'x'}")).isEqualTo("invalid_schema /$id");
    assertThat(place("1.1", "{}")).isEqualTo("invalid_version /version");
  }

  private String place(String version, String schema) {
    RoomException refusal =
        (RoomException) Await.failure(BUS.ask(Channels.PUBLISH_SCHEMA, order(version, schema)));
    return refusal.code() + " " + refusal.pointer().orElse("nowhere");
  }

  @Test
  void the_answer_to_a_change_names_the_nodes_that_act_by_it() {
    SchemaChange change = publish("1.0.0", "{}");

    assertThat(change.nodes()).contains(BUS.node());
    assertThat(change.pending()).isEmpty();
    assertThat(publish("1.0.0", "{}").nodes()).contains(BUS.node());
  }

  @Test
  void the_contract_of_the_file_applies_until_a_published_one_takes_its_place() {
    assertRejected(send("invited", "1.0.0", "{}"), "required_missing", "/properties/role");
    assertThat(ask(Channels.LIST_SCHEMAS, new ListSchemas("invited")).schemas())
        .extracting(EventSchema::version, EventSchema::source)
        .containsExactly(tuple("1.0.0", EventSchema.Source.FILE));

    ask(Channels.PUBLISH_SCHEMA, new PublishSchema("invited", "1.0.0", "{}", null));

    assertThat(send("invited", "1.0.0", "{}").accepted()).isEqualTo(1);
    assertThat(ask(Channels.LIST_SCHEMAS, new ListSchemas("invited")).schemas())
        .extracting(EventSchema::version, EventSchema::source)
        .containsExactly(tuple("1.0.0", EventSchema.Source.API));

    ask(Channels.DELETE_SCHEMA, new DeleteSchema("invited", null, null));

    assertRejected(send("invited", "1.0.0", "{}"), "required_missing", "/properties/role");
    assertThat(
            Await.failure(BUS.ask(Channels.DELETE_SCHEMA, new DeleteSchema("invited", null, null))))
        .isInstanceOfSatisfying(
            RoomException.class, e -> assertThat(e.code()).isEqualTo("unknown_schema"));
  }

  @Test
  void contracts_are_listed_by_event_and_version() {
    publish("2.0.0", "{}");
    publish("1.2.0", "{}");
    publish("1.10.0", "{}");

    assertThat(ask(Channels.LIST_SCHEMAS, new ListSchemas(name)).schemas())
        .extracting(EventSchema::version)
        .containsExactly("1.2.0", "1.10.0", "2.0.0");
    assertThat(ask(Channels.LIST_SCHEMAS, new ListSchemas(null)).schemas())
        .extracting(EventSchema::event)
        .isSorted()
        .contains(name, "invited");
    assertThat(ask(Channels.GENERATE_TYPES, new GenerateTypes()).typescript())
        .contains("\"" + name + "\": \"2.0.0\";");
  }

  @Test
  void a_change_is_announced_to_every_node() {
    long revision = publish("1.0.0", "{}").revision();

    Await.until(
        "it is announced", java.time.Duration.ofSeconds(10), () -> ANNOUNCED.contains(revision));
  }

  @Test
  void another_node_applies_a_change_when_it_hears_of_it_or_polls() {
    Vertx vertx = Vertx.vertx();
    try {
      PgSchemaStore store = new PgSchemaStore(Postgres.pool(vertx, DATABASE, "ingest", 1));
      LiveContracts contracts = new LiveContracts(store, LIVE);
      Bus bus = new Bus(vertx);
      SchemaService other =
          new SchemaService(
              vertx,
              store,
              contracts,
              bus,
              new AppliedRevisions(vertx, bus, Channels.SCHEMAS_APPLIED),
              LIVE);
      Await.result(contracts.load());
      long first = publish("1.0.0", "{}").revision();
      Await.result(contracts.catchUp(new SchemasChanged(first).revision()));
      assertThat(other.list(new ListSchemas(name)).schemas()).hasSize(1);

      publish("1.1.0", "{}");
      Await.result(contracts.catchUp(first));
      assertThat(other.list(new ListSchemas(name)).schemas()).hasSize(1);

      Await.result(contracts.poll());
      assertThat(other.list(new ListSchemas(name)).schemas()).hasSize(2);
    } finally {
      Await.result(vertx.close());
    }
  }
}
