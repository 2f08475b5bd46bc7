package io.growthbus.entitlements.store;

import io.growthbus.entitlements.core.LedgerPeriod;
import io.growthbus.entitlements.store.LedgerStore.Ordered;
import io.growthbus.entitlements.store.LedgerStore.Settled;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The ledger of one user and one feature, as the documentation says it is. */
final class LedgerModel {
  private final Map<String, Order> orders = new LinkedHashMap<>();
  private final Map<Integer, Long> used = new TreeMap<>();
  private final Map<String, String> ids = new HashMap<>();

  private static final class Order {
    private final Ordered first;
    private final int bucket;
    private String state;
    private @Nullable Long settled;

    Order(Ordered first, int bucket) {
      this.first = first;
      this.bucket = bucket;
      this.state = first.heldUntilMs() == null ? "final" : "held";
    }

    private boolean holds(long nowMs) {
      Long until = first.heldUntilMs();
      return state.equals("held") && until != null && nowMs < until;
    }
  }

  long taken(LedgerPeriod period, long nowMs) {
    long sum = 0;
    for (Map.Entry<Integer, Long> bucket : used.entrySet()) {
      sum += isIn(period, bucket.getKey()) ? bucket.getValue() : 0;
    }
    for (Order order : orders.values()) {
      sum += order.holds(nowMs) && isIn(period, order.bucket) ? order.first.amount() : 0;
    }
    return sum;
  }

  private static boolean isIn(LedgerPeriod period, int bucket) {
    return period.since() <= bucket && bucket <= period.today();
  }

  /** The answer; its id is the key, because ids are made by the store. */
  Ordered use(
      String key,
      long amount,
      @Nullable Long holdMs,
      @Nullable Long limit,
      boolean soft,
      LedgerPeriod period,
      long nowMs) {
    Order known = orders.get(key);
    if (known != null) {
      return known.first;
    }
    long before = taken(period, nowMs);
    boolean fits = limit == null || before + amount <= limit;
    boolean granted = fits || soft;
    Ordered first =
        new Ordered(
            key,
            "exports",
            amount,
            holdMs,
            granted,
            granted && !fits,
            limit,
            granted ? before + amount : before,
            period.resetsAtMs(),
            granted && holdMs != null ? Long.valueOf(nowMs + holdMs) : null);
    orders.put(key, new Order(first, period.today()));
    if (granted && holdMs == null) {
      used.merge(period.today(), amount, Long::sum);
    }
    return first;
  }

  Optional<Settled> settle(String key, boolean confirmed, @Nullable Long amount, long nowMs) {
    Order order = orders.get(key);
    if (order == null || order.first.heldUntilMs() == null) {
      return Optional.empty();
    }
    String wanted = confirmed ? "confirmed" : "released";
    long held = order.first.amount();
    long wantedAmount = !confirmed ? 0 : amount == null ? held : amount;
    boolean inTime = order.holds(nowMs);
    if (order.state.equals("held") && wantedAmount <= held && (!confirmed || inTime)) {
      order.state = wanted;
      order.settled = wantedAmount;
      if (wantedAmount > 0) {
        used.merge(order.bucket, wantedAmount, Long::sum);
      }
    }
    Long settled = order.settled;
    return Optional.of(
        new Settled(
            "",
            "exports",
            held,
            order.state,
            settled,
            order.state.equals("held") && !inTime,
            order.state.equals(wanted) && settled != null && settled == wantedAmount));
  }

  void knows(String key, String id) {
    ids.put(key, id);
  }

  /** The store's id of an order, if there was one. */
  Optional<String> id(String key) {
    return Optional.ofNullable(ids.get(key));
  }
}
