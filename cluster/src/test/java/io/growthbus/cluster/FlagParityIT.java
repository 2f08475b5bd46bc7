package io.growthbus.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.client.FlagClient;
import io.growthbus.shared.flags.FlagDecision;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.EvaluateFlags;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.testing.AnswerDigest;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.GeneratedFlags;
import io.growthbus.shared.testing.GeneratedFlags.Context;
import io.growthbus.shared.testing.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.WebClient;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whichever way a flag is asked for, the answer and its reason are the same. */
class FlagParityIT {
  private static final int SEED = 1;
  private static final int PAIRS = 100_000;
  private static final int AT_ONCE = 32;
  private static final GeneratedFlags GENERATED = GeneratedFlags.of(SEED);
  private static final FlagSnapshot SNAPSHOT = new FlagSnapshot(1, GENERATED.flags());
  private static final List<String> KEYS = SNAPSHOT.keys();
  private static final List<Context> CONTEXTS =
      GeneratedFlags.contexts(SEED, (PAIRS + KEYS.size() - 1) / KEYS.size());

  @TempDir static Path conf;

  private static Node node;
  private static URI app;
  private static Vertx service;
  private static Bus bus;
  private static WebClient web;

  @BeforeAll
  static void startTheNodeAndAServiceInItsCluster() throws Exception {
    JsonObject growth = new JsonObject(Files.readString(Path.of("../conf/growth.json")));
    Files.write(
        conf.resolve("growth.json"),
        growth.put("flags", GENERATED.document()).toBuffer().getBytes());
    List<Integer> ports = Ports.free(2);
    var environment =
        TestNodes.environment(
            TestPostgres.freshDatabase(),
            "GROWTHBUS_CONF",
            conf.toString(),
            "GROWTHBUS_CLUSTER_MEMBERS",
            "127.0.0.1:" + ports.get(0) + ",127.0.0.1:" + ports.get(1),
            "GROWTHBUS_CLUSTER_PORT",
            String.valueOf(ports.get(0)));
    node = TestNodes.start(environment);
    app = URI.create(TestNodes.app(node));
    environment.put("GROWTHBUS_CLUSTER_PORT", String.valueOf(ports.get(1)));
    service =
        Vertx.builder()
            .withClusterManager(
                new HazelcastClusterManager(Topology.of(NodeConfig.load(environment).node())))
            .buildClustered()
            .toCompletionStage()
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
    bus = new Bus(service);
    web = WebClient.create(service);
  }

  @AfterAll
  static void stopBoth() {
    web.close();
    Await.result(service.close());
    node.close();
  }

  private interface Asker {
    /** Asks for one context, and notes the answers under its index. */
    Future<?> ask(int index, Context context, AnswerDigest digest);
  }

  private static AnswerDigest digest(List<Context> contexts, Asker asker) {
    AnswerDigest digest = new AnswerDigest();
    each(contexts.size(), index -> asker.ask(index, contexts.get(index), digest));
    return digest;
  }

  /** Does it for every number from 0, several at once. */
  private static void each(int count, IntFunction<Future<?>> task) {
    AtomicInteger next = new AtomicInteger();
    List<Future<?>> workers = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      workers.add(rest(next, count, task));
    }
    Await.result(Future.all(workers));
  }

  private static Future<?> rest(AtomicInteger next, int count, IntFunction<Future<?>> task) {
    int index = next.getAndIncrement();
    return index >= count
        ? Future.succeededFuture()
        : task.apply(index).compose(done -> rest(next, count, task));
  }

  private static AnswerDigest inThisJvm(List<Context> contexts) {
    AnswerDigest digest = new AnswerDigest();
    for (int index = 0; index < contexts.size(); index++) {
      Context context = contexts.get(index);
      for (String key : KEYS) {
        FlagDecision decision = SNAPSHOT.evaluate(key, context.userId(), context.attributes());
        digest.add(index, key, decision.value(), decision.variant(), decision.reason().name());
      }
    }
    return digest;
  }

  private static Future<?> asRecords(int index, Context context, AnswerDigest digest) {
    return bus.ask(
            Channels.EVALUATE_FLAGS,
            new EvaluateFlags(context.userId(), context.attributes(), null))
        .onSuccess(
            answers ->
                answers
                    .answers()
                    .forEach(
                        (key, answer) ->
                            digest.add(
                                index, key, answer.value(), answer.variant(), answer.reason())));
  }

  private static Future<?> asPlainJson(int index, Context context, AnswerDigest digest) {
    return service
        .eventBus()
        .<JsonObject>request("growthbus.flags.evaluate-all", question("userId", context))
        .onSuccess(reply -> byKey(reply.body().getJsonObject("answers"), index, digest));
  }

  private static Future<?> overHttp(int index, Context context, AnswerDigest digest) {
    return post("/api/flags/evaluate", question("user_id", context))
        .onSuccess(body -> byKey(body.getJsonObject("flags"), index, digest));
  }

  private static Future<?> overOfrep(int index, Context context, AnswerDigest digest) {
    return post("/ofrep/v1/evaluate/flags", ofrep(context))
        .onSuccess(
            body ->
                body.getJsonArray("flags").stream()
                    .map(JsonObject.class::cast)
                    .forEach(item -> item(item, index, digest)));
  }

  private static JsonObject question(String user, Context context) {
    JsonObject question = new JsonObject().put("attributes", new JsonObject(context.attributes()));
    return context.userId() == null ? question : question.put(user, context.userId());
  }

  private static JsonObject ofrep(Context context) {
    Map<String, Object> all = new TreeMap<>(context.attributes());
    if (context.userId() != null) {
      all.put("targetingKey", context.userId());
    }
    return new JsonObject().put("context", new JsonObject(all));
  }

  private static Future<JsonObject> post(String path, JsonObject body) {
    Buffer bytes = body.toBuffer();
    return web.post(app.getPort(), app.getHost(), path)
        .putHeader("Content-Type", "application/json")
        .sendBuffer(bytes)
        .map(response -> response.bodyAsJsonObject());
  }

  private static void byKey(JsonObject answers, int index, AnswerDigest digest) {
    for (String key : answers.fieldNames()) {
      JsonObject answer = answers.getJsonObject(key);
      digest.add(
          index,
          key,
          plain(answer.getValue("value")),
          answer.getString("variant"),
          answer.getString("reason"));
    }
  }

  private static void item(JsonObject item, int index, AnswerDigest digest) {
    digest.add(
        index,
        item.getString("key"),
        plain(item.getValue("value")),
        item.getString("variant"),
        item.getString("reason", item.getString("errorCode")));
  }

  private static @Nullable Object plain(@Nullable Object value) {
    if (value instanceof JsonObject object) {
      return object.getMap();
    }
    return value instanceof JsonArray array ? array.getList() : value;
  }

  private static void isTheSame(AnswerDigest there, AnswerDigest here, int contexts) {
    boolean same = there.hex().equals(here.hex());
    for (int index = 0; index < contexts && !same; index++) {
      for (String key : KEYS) {
        assertThat(there.line(index, key)).isEqualTo(here.line(index, key));
      }
    }
    assertThat(there.pairs()).isEqualTo(here.pairs());
    assertThat(there.hex()).isEqualTo(here.hex());
  }

  @Test
  void a_hundred_thousand_pairs_have_one_digest_on_every_way() {
    AnswerDigest here = inThisJvm(CONTEXTS);
    assertThat(here.pairs()).isGreaterThanOrEqualTo(PAIRS);

    isTheSame(digest(CONTEXTS, FlagParityIT::asRecords), here, CONTEXTS.size());
    isTheSame(digest(CONTEXTS, FlagParityIT::asPlainJson), here, CONTEXTS.size());
    isTheSame(digest(CONTEXTS, FlagParityIT::overHttp), here, CONTEXTS.size());
    isTheSame(digest(CONTEXTS, FlagParityIT::overOfrep), here, CONTEXTS.size());
  }

  @Test
  void a_copy_in_another_jvm_has_the_digest_too() {
    FlagClient client = Await.result(FlagClient.start(service));
    try {
      assertThat(client.keys()).isEqualTo(KEYS);
      AnswerDigest there = new AnswerDigest();
      for (int index = 0; index < CONTEXTS.size(); index++) {
        Context context = CONTEXTS.get(index);
        for (String key : KEYS) {
          FlagAnswer answer =
              Await.result(client.evaluate(key, context.userId(), context.attributes()));
          there.add(index, key, answer.value(), answer.variant(), answer.reason());
        }
      }
      isTheSame(there, inThisJvm(CONTEXTS), CONTEXTS.size());
    } finally {
      Await.result(client.close());
    }
  }

  @Test
  void one_flag_is_answered_as_among_all() {
    List<Context> some = CONTEXTS.subList(0, 30);
    AnswerDigest here = inThisJvm(some);

    isTheSame(
        digest(
            some,
            (index, context, digest) ->
                all(
                    key ->
                        post("/ofrep/v1/evaluate/flags/" + key, ofrep(context))
                            .onSuccess(item -> item(item, index, digest)))),
        here,
        some.size());
    isTheSame(
        digest(
            some,
            (index, context, digest) ->
                all(
                    key ->
                        bus.ask(
                                Channels.EVALUATE_FLAG,
                                new EvaluateFlag(key, context.userId(), context.attributes()))
                            .onSuccess(
                                answer ->
                                    digest.add(
                                        index,
                                        key,
                                        answer.value(),
                                        answer.variant(),
                                        answer.reason())))),
        here,
        some.size());
  }

  private interface OneFlag {
    Future<?> ask(String key);
  }

  private static Future<?> all(OneFlag question) {
    return Future.all(KEYS.stream().map(question::ask).toList());
  }

  @Test
  void nobody_is_answered_the_same_where_nobody_can_ask() {
    List<Context> nobody = GeneratedFlags.anonymous(SEED, 100);
    AnswerDigest here = inThisJvm(nobody);

    isTheSame(digest(nobody, FlagParityIT::asRecords), here, nobody.size());
    isTheSame(digest(nobody, FlagParityIT::asPlainJson), here, nobody.size());
    isTheSame(digest(nobody, FlagParityIT::overOfrep), here, nobody.size());
  }
}
