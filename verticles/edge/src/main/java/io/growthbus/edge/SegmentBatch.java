package io.growthbus.edge;

import io.growthbus.edge.core.SegmentCall;
import io.growthbus.edge.core.SegmentCall.Value;
import io.growthbus.edge.core.SegmentTime;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A body of Segment's API.
 *
 * @param writeKey key that it carries, or null
 * @param userToken user token that it carries, or null
 * @param sentAt when it was sent by the sender, as it says; or null
 * @param consent what the context beside the calls says about consent, or null
 * @param calls in the order as sent; null where there is no object
 */
record SegmentBatch(
    @Nullable String writeKey,
    @Nullable String userToken,
    @Nullable Value sentAt,
    @Nullable Value consent,
    List<@Nullable SegmentCall> calls) {

  /**
   * When it was sent by the sender's clock, ms since the epoch: as it says itself, or as its first
   * call does; null when that is not believed.
   */
  @Nullable Long sentAtMs(long receivedAtMs) {
    Optional<Value> said = Optional.ofNullable(sentAt);
    if (said.isEmpty() && !calls.isEmpty()) {
      said = Optional.ofNullable(calls.get(0)).map(call -> call.fields().get("sentAt"));
    }
    return said.flatMap(value -> SegmentTime.believed(value, receivedAtMs)).orElse(null);
  }
}
