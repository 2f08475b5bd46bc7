package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Three nodes on one database that are sent the same at once, and what no database stores. */
class StormIT {
  private static final int TIMES = 100;
  private static final PostgresSettings DATABASE = TestPostgres.freshDatabase();
  private static final List<Node> NODES = new ArrayList<>();

  @BeforeAll
  static void startThree() {
    for (int i = 0; i < 3; i++) {
      NODES.add(TestNodes.start(TestNodes.environment(DATABASE)));
    }
  }

  @AfterAll
  static void stopAll() {
    NODES.forEach(Node::close);
  }

  private static String app(int number) {
    return TestNodes.app(NODES.get(number % NODES.size())) + "/api/telemetry/ingest";
  }

  private static String anyApp() {
    return TestNodes.app(NODES.get(ThreadLocalRandom.current().nextInt(NODES.size())));
  }

  /** Sends all at the same moment, in turns to the nodes; the answers, each of which is a 200. */
  private static List<JsonObject> atOnce(List<JsonObject> bodies) throws Exception {
    ExecutorService senders = Executors.newFixedThreadPool(bodies.size());
    try {
      CountDownLatch ready = new CountDownLatch(bodies.size());
      List<Future<JsonObject>> answers = new ArrayList<>();
      for (int i = 0; i < bodies.size(); i++) {
        int number = i;
        answers.add(
            senders.submit(
                () -> {
                  ready.countDown();
                  ready.await();
                  return Http.json(app(number), bodies.get(number));
                }));
      }
      List<JsonObject> results = new ArrayList<>();
      for (Future<JsonObject> answer : answers) {
        results.add(answer.get());
      }
      return results;
    } finally {
      senders.shutdownNow();
    }
  }

  private static int sum(List<JsonObject> answers, String field) {
    return answers.stream().mapToInt(answer -> answer.getInteger(field, 0)).sum();
  }

  private static JsonObject batch(JsonObject... events) {
    return new JsonObject().put("batch", new JsonArray(List.of(events)));
  }

  private static JsonObject other(JsonObject event) {
    return event.copy().put("properties", new JsonObject().put("project_type", "shop"));
  }

  private static void check(JsonObject... stored) throws SQLException {
    Set<UUID> ids =
        List.of(stored).stream()
            .map(event -> UUID.fromString(event.getString("event_id")))
            .collect(Collectors.toSet());
    new Oracle(TestPostgres.jdbcUrl(DATABASE)).check(ids);
  }

  @Test
  void an_id_that_is_sent_a_hundred_times_at_once_to_three_nodes_is_accepted_and_counted_once()
      throws Exception {
    JsonObject event = Events.projectCreated("storm-1");
    List<JsonObject> answers =
        atOnce(IntStream.range(0, TIMES).mapToObj(i -> batch(event)).toList());

    assertThat(sum(answers, "accepted")).isEqualTo(1);
    assertThat(sum(answers, "duplicates")).isEqualTo(TIMES - 1);
    assertThat(sum(answers, "conflicts")).isZero();
    check(event);
  }

  @Test
  void of_two_contents_with_one_id_the_first_stays_and_each_sender_of_the_other_is_told_so()
      throws Exception {
    JsonObject one = Events.projectCreated("storm-2");
    JsonObject two = other(one);
    List<JsonObject> answers =
        atOnce(IntStream.range(0, TIMES).mapToObj(i -> batch(i % 2 == 0 ? one : two)).toList());

    assertThat(sum(answers, "accepted")).isEqualTo(1);
    assertThat(sum(answers, "duplicates")).isEqualTo(TIMES - 1);
    assertThat(sum(answers, "conflicts")).isEqualTo(TIMES / 2);
    assertThat(Http.json(app(1), batch(one)).getInteger("conflicts", 0))
        .isNotEqualTo(Http.json(app(2), batch(two)).getInteger("conflicts", 0));
    check(one);
  }

  @Test
  void an_id_that_is_in_a_batch_again_and_again_is_accepted_once_while_others_send_it_too()
      throws Exception {
    JsonObject event = Events.projectCreated("storm-3");
    JsonObject own = Events.projectCreated("storm-3");
    List<JsonObject> answers =
        atOnce(
            IntStream.range(0, 30).mapToObj(i -> batch(event, event, own, other(event))).toList());

    assertThat(sum(answers, "accepted")).isEqualTo(2);
    assertThat(sum(answers, "duplicates")).isEqualTo(4 * 30 - 2);
    assertThat(sum(answers, "conflicts")).isEqualTo(30);
    check(event, own);
  }

  /** Events, as text, of which no part may be stored; each is sent between two good ones. */
  private static List<String> poison() {
    StringBuilder random = new StringBuilder();
    new Random(7).ints(2_704, 'a', 'z' + 1).forEach(c -> random.append((char) c));
    String deep = "[".repeat(20_000) + "]".repeat(20_000);
    return List.of(
        event("{\"a\":\"\\u0000\"}"),
        event("{\"\\u0000\":1}"),
        event("{\"a\":\"\\ud83d\"}"),
        event("{\"\\ude00\":1}"),
        event("{\"a\":1e400000}"),
        event("{\"a\":1e999999999999}"),
        event("{\"a\":" + "9".repeat(2_000) + "}"),
        event("{\"a\":NaN}"),
        event("{\"a\":1,\"a\":2}"),
        event("{\"a\":" + deep + "}"),
        event("{\"" + random + "\":1}"),
        event("{}").replace("\"poison-1\"", "\"" + random + "\""),
        event("{}").replace("\"poison-1\"", "\"\\u0000\""),
        event("{}").replace("\"project_created\"", "\"" + random + "\""),
        event("{}").replace("\"project_created\"", "\"refused\""),
        event("{}").replaceAll("\"timestamp\":\\d+", "\"timestamp\":1e18"),
        event("{}").replaceAll("\"timestamp\":\\d+", "\"timestamp\":-1"),
        event("{}").replaceAll("\"event_id\":\"[^\"]+\"", "\"event_id\":\"no\""));
  }

  private static String event(String properties) {
    return "{\"event_id\":\"%s\",\"name\":\"project_created\",\"user_id\":\"poison-1\",\"timestamp\":%d,\"properties\":%s}"
        .formatted(UUID.randomUUID(), System.currentTimeMillis(), properties);
  }

  /** What passes the decoder and is refused by the database, as a value of a later version may. */
  private static void refuseInTheDatabase() throws SQLException {
    try (Connection connection = DriverManager.getConnection(TestPostgres.jdbcUrl(DATABASE));
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE OR REPLACE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '22P05'; END $$;
          CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON ingest.event FOR EACH ROW
          WHEN (NEW.name = 'refused') EXECUTE FUNCTION public.refuse();
          """);
    }
  }

  @Test
  void poison_costs_nobody_a_good_event_and_no_answer_is_a_server_error() throws Exception {
    refuseInTheDatabase();
    int rejected = 0;
    int unusable = 0;
    try (Load load = Load.start(4, StormIT::anyApp)) {
      load.awaitMore(500);
      for (int round = 0; round < 3; round++) {
        for (String poison : poison()) {
          JsonObject before = Events.projectCreated("poison-2");
          JsonObject after = Events.projectCreated("poison-2");
          HttpResponse<String> answer =
              Http.post(
                  app(round),
                  "{\"batch\":[" + before.encode() + "," + poison + "," + after.encode() + "]}");
          assertThat(answer.statusCode()).as(poison).isIn(200, 400);
          if (answer.statusCode() == 200) {
            JsonObject verdict = new JsonObject(answer.body());
            assertThat(verdict.getInteger("accepted")).as(poison).isEqualTo(2);
            assertThat(verdict.getJsonArray("rejected")).as(poison).hasSize(1);
            rejected++;
            check(before, after);
          } else {
            unusable++;
          }
        }
      }
      load.awaitMore(500);
      load.finish();
      assertThat(load.failures()).as("answers to others").isEmpty();
      new Oracle(TestPostgres.jdbcUrl(DATABASE)).check(load.acknowledged());
      System.out.printf(
          "FAULTS poison: %d events rejected alone, %d bodies that are no JSON, %d good events of others%n",
          rejected, unusable, load.acknowledged().size());
      assertThat(rejected).isPositive();
    }
  }
}
