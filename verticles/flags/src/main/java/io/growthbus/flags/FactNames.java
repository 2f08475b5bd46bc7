package io.growthbus.flags;

import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.FactReferences.Known;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.ListMeters;
import io.growthbus.shared.message.MeterList;
import io.growthbus.shared.message.MeterState;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Names of the tiers, limits and meters that a flag may look at. */
final class FactNames {
  /** Wait for the meters; those who wait for the check have more patience. */
  private static final Duration LONGEST = Duration.ofSeconds(1);

  private final Bus bus;
  private final Live<GrowthConfig> config;

  FactNames(Bus bus, Live<GrowthConfig> config) {
    this.bus = bus;
    this.config = config;
  }

  /**
   * Makes a check by the names of the file and, where these do not do, by the meters of operators.
   *
   * @param check throws {@link RoomException} when something is wrong
   * @return fails with what the check throws, or with {@code store_unavailable} when all that is
   *     wrong could be a meter that cannot be read now
   */
  <T> Future<T> checked(Function<Known, T> check) {
    Known ofFile = Known.of(config.get(), Set.of());
    try {
      return Future.succeededFuture(check.apply(ofFile));
    } catch (RoomException wrong) {
      return bus.ask(Channels.LIST_METERS, new ListMeters(null))
          .timeout(LONGEST.toMillis(), TimeUnit.MILLISECONDS)
          .map(FactNames::keys)
          .transform(
              found ->
                  Future.succeededFuture(found)
                      .map(
                          meters ->
                              meters.succeeded()
                                  ? check.apply(Known.of(config.get(), meters.result()))
                                  : undecided(check, ofFile)));
    }
  }

  private static Set<String> keys(MeterList found) {
    return found.meters().stream().map(MeterState::key).collect(Collectors.toSet());
  }

  private static <T> T undecided(Function<Known, T> check, Known ofFile) {
    T unused = check.apply(ofFile.withAnyMeter());
    throw new RoomException(
        ErrorKind.UNAVAILABLE, "store_unavailable", "The meters cannot be read now; try again.");
  }
}
