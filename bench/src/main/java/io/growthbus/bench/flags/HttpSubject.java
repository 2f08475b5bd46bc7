package io.growthbus.bench.flags;

import io.growthbus.bench.flags.peer.Users;
import io.growthbus.bench.ingest.Checks;
import io.growthbus.bench.ingest.Load;
import io.growthbus.bench.ingest.LoadGenerator;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.function.IntFunction;

/** A server that evaluates flags, and the requests that it is asked with. */
final class HttpSubject {
  private final String name;
  private final Http http;
  private final byte[][] requests;
  private final Checks checks;
  private int turn;

  HttpSubject(String name, Http http, IntFunction<Http.Question> question, Checks checks) {
    this.name = name;
    this.http = http;
    this.requests = http.bytes(Users.COUNT, question);
    this.checks = checks;
  }

  String name() {
    return name;
  }

  /** Exposes it to as much as so many connections bring; every answer has to be 200. */
  Load.Result saturate(int connections, Duration ramp, Duration window) throws IOException {
    Load load = new Load(http.server(), connections, ramp, window, 0, Map::of);
    Load.Result result = LoadGenerator.run(load, (nowMs, due) -> next());
    checks.expect(
        result.failures() == 0,
        name + ": " + result.failures() + " requests failed, first: " + result.firstFailure());
    return result;
  }

  private byte[] next() {
    turn = (turn + 1) & (Users.COUNT - 1);
    return requests[turn];
  }
}
