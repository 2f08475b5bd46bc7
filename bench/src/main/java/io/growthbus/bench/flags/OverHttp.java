package io.growthbus.bench.flags;

import io.growthbus.bench.flags.Http.Question;
import io.growthbus.bench.flags.peer.FlagSystem;
import io.growthbus.bench.flags.peer.Users;
import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.Figures;
import io.growthbus.bench.ingest.Load;
import io.growthbus.shared.flags.Bucketing;
import io.growthbus.shared.flags.FlagSnapshot;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Evaluation over HTTP: one flag, and all 100. Beside the product a bare Vert.x server that answers
 * fixed JSON of the same size, and unleash-server with one flag and with 100.
 */
final class OverHttp {
  /** The product, one flag. */
  static final String ONE = "http_one";

  /** The product, all flags. */
  static final String ALL = "http_all";

  static final String BARE_ONE = "bare_one";
  static final String BARE_ALL = "bare_all";
  static final String UNLEASH_ONE = "unleash_one";
  static final String UNLEASH_ALL = "unleash_all";

  private static final String EVALUATE = "/ofrep/v1/evaluate/flags";
  private static final int CHECKED = 64;
  private static final int FEWEST_ON = 30;
  private static final int MOST_ON = 70;

  private final FlagsPlan plan;
  private final Figures figures;
  private final Checks checks;
  private final Map<String, HttpSubject> subjects = new LinkedHashMap<>();
  private final Map<String, Integer> connections = new LinkedHashMap<>();
  private final Http product;

  /**
   * @param node that answers OFREP
   * @param key of the customer's servers
   */
  OverHttp(FlagsPlan plan, InetSocketAddress node, String key, Figures figures, Checks checks) {
    this.plan = plan;
    this.figures = figures;
    this.checks = checks;
    this.product = new Http(node, "Bearer " + key);
    add(ONE, product, OverHttp::one);
    add(ALL, product, OverHttp::all);
  }

  /** The answer that a bare server has to give in place of the product. */
  JsonObject sample(boolean all) throws Exception {
    return product.answer(all ? all(1) : one(1));
  }

  /** Adds a bare server that is asked the very same. */
  void addBare(boolean all, InetSocketAddress server) {
    add(
        all ? BARE_ALL : BARE_ONE,
        new Http(server, product.authorization()),
        all ? OverHttp::all : OverHttp::one);
  }

  /** Adds an unleash-server. */
  void addUnleash(boolean all, InetSocketAddress server, String token) throws Exception {
    Http unleash = new Http(server, "default:development." + token);
    checkUnleash(unleash, all);
    add(all ? UNLEASH_ALL : UNLEASH_ONE, unleash, OverHttp::unleash);
  }

  private void add(String name, Http http, IntFunction<Question> question) {
    subjects.put(name, new HttpSubject(name, http, question, checks));
  }

  /** Number of connections that each was measured with. */
  Map<String, Integer> connections() {
    return connections;
  }

  /** Warms up, finds the number of connections at which each is best, measures round by round. */
  void run() throws Exception {
    System.out.println("Evaluation over HTTP");
    checkProduct();
    for (HttpSubject subject : subjects.values()) {
      subject.saturate(plan.connections().get(0), plan.ramp(), plan.warmUp());
      connections.put(subject.name(), best(subject));
    }
    List<HttpSubject> order = new ArrayList<>(subjects.values());
    for (int round = 0; round < plan.rounds(); round++) {
      System.out.printf(Locale.ROOT, "  round %d of %d%n", round + 1, plan.rounds());
      for (HttpSubject subject : order) {
        measure(subject);
      }
      Collections.rotate(order, -1);
    }
  }

  private int best(HttpSubject subject) throws Exception {
    int best = plan.connections().get(0);
    double highest = 0;
    for (int tried : plan.connections()) {
      double rate =
          plan.connections().size() == 1
              ? 1
              : subject.saturate(tried, plan.ramp(), plan.trial()).requestsPerSecond();
      if (rate > highest) {
        highest = rate;
        best = tried;
      }
    }
    return best;
  }

  private void measure(HttpSubject subject) throws Exception {
    Load.Result result =
        subject.saturate(
            connections.getOrDefault(subject.name(), plan.connections().get(0)),
            plan.ramp(),
            plan.window());
    figures.add(subject.name(), Figures.RATE, result.requestsPerSecond());
    figures.add(subject.name(), Figures.P50, result.p50Ms());
    figures.add(subject.name(), Figures.P99, result.p99Ms());
    System.out.printf(
        Locale.ROOT,
        "    %-12s %,9.0f requests/s, p50 %6.2f ms, p99 %6.2f ms%n",
        subject.name(),
        result.requestsPerSecond(),
        result.p50Ms(),
        result.p99Ms());
  }

  /** Every value has to be that of the rule engine. */
  private void checkProduct() throws Exception {
    FlagSnapshot snapshot = new FlagSnapshot(1, BenchFlags.definitions(Bucketing.SEED));
    List<Map<String, Object>> attributes = BenchFlags.attributes();
    for (int user = 0; user < CHECKED; user++) {
      String id = Users.id(user);
      boolean right = snapshot.evaluate(FlagSystem.ROLLOUT, id).isOn();
      JsonObject one = product.answer(one(user));
      checks.expect(
          one.getValue("value").equals(right), "http_one: wrong answer for " + id + ": " + one);
      JsonArray flags = product.answer(all(user)).getJsonArray("flags");
      boolean all = flags.size() == FlagSystem.FLAGS;
      for (Object each : flags) {
        JsonObject flag = (JsonObject) each;
        all &=
            flag.getValue("value")
                .equals(snapshot.evaluate(flag.getString("key"), id, attributes.get(user)).isOn());
      }
      checks.expect(all, "http_all: wrong answer for " + id);
    }
  }

  /** Who is in a rollout unleash-server decides itself, but it is about half of all. */
  private void checkUnleash(Http unleash, boolean all) throws Exception {
    String name = all ? UNLEASH_ALL : UNLEASH_ONE;
    int on = 0;
    int most = 0;
    for (int user = 0; user < CHECKED; user++) {
      int toggles = unleash.answer(unleash(user)).getJsonArray("toggles").size();
      on += toggles;
      most = Math.max(most, toggles);
    }
    double percent = 100.0 * on / CHECKED / (all ? FlagSystem.FLAGS : 1);
    checks.expect(
        percent >= FEWEST_ON && percent <= MOST_ON && most > (all ? FEWEST_ON : 0),
        name + ": " + percent + " % of the flags are on");
  }

  private static Question one(int user) {
    return Question.post(EVALUATE + "/" + FlagSystem.ROLLOUT, context(user, false));
  }

  private static Question all(int user) {
    return Question.post(EVALUATE, context(user, true));
  }

  private static Question unleash(int user) {
    return Question.get("/api/frontend?userId=" + Users.id(user));
  }

  private static String context(int user, boolean all) {
    JsonObject context = new JsonObject().put("targetingKey", Users.id(user));
    if (all) {
      context
          .put("country", Users.country(user))
          .put("plan", Users.plan(user))
          .put("seats", Users.seats(user));
    }
    return new JsonObject().put("context", context).encode();
  }
}
