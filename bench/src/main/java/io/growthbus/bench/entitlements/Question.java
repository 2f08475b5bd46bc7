package io.growthbus.bench.entitlements;

import io.growthbus.bench.ingest.LoadGenerator.Requests;
import io.growthbus.bench.nodes.BenchKeys;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Questions over HTTP for what users may use, users taking turns. */
final class Question implements Requests {
  private final List<byte[]> requests = new ArrayList<>();
  private int turn;

  Question(InetSocketAddress server, List<String> users) {
    String host = server.getHostString() + ":" + server.getPort();
    users.forEach(user -> requests.add(BillingChanges.ascii(head(user, host), "")));
  }

  @Override
  public byte[] next(long nowMs, long due) {
    turn = (turn + 1) % requests.size();
    return requests.get(turn);
  }

  /** A request as the customer's server sends it, with line feeds only. */
  static String head(String user, String host) {
    return """
        GET /api/billing/entitlements/%s HTTP/1.1
        Host: %s
        Authorization: Bearer %s

        """
        .formatted(user, host, BenchKeys.SECRET);
  }
}
