package io.growthbus.entitlements;

import io.growthbus.entitlements.core.Checks;
import io.growthbus.entitlements.core.Checks.Usage;
import io.growthbus.entitlements.core.LedgerPeriod;
import io.growthbus.entitlements.store.LedgerStore;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.config.GrowthConfig.MeterSubject;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.CheckEntitlement;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.EntitlementVerdict;
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.ReadUsage;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.message.UseEntitlement;
import io.growthbus.shared.settings.Live;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers whether a user may use something now. How much is used is read from the meter of ingest
 * when one counts the limit, else from the ledger, never from both.
 */
final class CheckService {
  private static final Logger LOG = LoggerFactory.getLogger(CheckService.class);

  private final EntitlementsService entitlements;
  private final LedgerStore ledger;
  private final Bus bus;
  private final Live<GrowthConfig> config;
  private final EntitlementsSettings settings;
  private final InstantSource clock;

  CheckService(
      EntitlementsService entitlements,
      LedgerStore ledger,
      Bus bus,
      Live<GrowthConfig> config,
      EntitlementsSettings settings,
      InstantSource clock) {
    this.entitlements = entitlements;
    this.ledger = ledger;
    this.bus = bus;
    this.config = config;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * The verdict; while something is down, that of the posture.
   *
   * @return fails with {@link RoomException} {@code invalid_check}, {@code unknown_feature} or
   *     {@code unknown_meter} only
   */
  Future<EntitlementVerdict> check(CheckEntitlement question) {
    long amount = question.amount() == null ? 1 : question.amount();
    String feature = question.feature();
    String meter = question.meter();
    if ((feature == null) == (meter == null)) {
      return refuse("invalid_check", "Give either a feature or a meter.");
    }
    if (amount < 0 || amount > UseEntitlement.MOST) {
      return refuse("invalid_check", "The amount is 0 to " + UseEntitlement.MOST + ".");
    }
    return entitlements
        .resolve(new ResolveEntitlement(question.userId()))
        .compose(
            entitlement ->
                feature == null
                    ? byMeter(entitlement, Objects.requireNonNull(meter), amount)
                    : byFeature(entitlement, feature, amount));
  }

  private Future<EntitlementVerdict> byFeature(
      Entitlement entitlement, String feature, long amount) {
    Entitlements rules = config.get().entitlements();
    if (Checks.isLimit(feature, entitlement, rules)) {
      return meter(feature).isPresent()
          ? byMeter(entitlement, feature, amount)
          : decide(entitlement, feature, amount, () -> fromLedger(entitlement.userId(), feature));
    }
    return Checks.isFeature(feature, entitlement, rules)
        ? Future.succeededFuture(Checks.feature(feature, entitlement, rules))
        : unknown();
  }

  private Future<EntitlementVerdict> byMeter(Entitlement entitlement, String meter, long amount) {
    return Checks.isLimit(meter, entitlement, config.get().entitlements())
        ? decide(entitlement, meter, amount, () -> fromMeter(entitlement.userId(), meter))
        : unknown();
  }

  /** Reads how much is used. */
  private interface Reading {
    Future<Usage> read();
  }

  private Future<EntitlementVerdict> decide(
      Entitlement entitlement, String limit, long amount, Reading reading) {
    Entitlements rules = config.get().entitlements();
    if (!Checks.needsUsage(limit, entitlement)) {
      return Future.succeededFuture(Checks.limit(limit, amount, null, entitlement, rules));
    }
    return reading
        .read()
        .timeout(settings.readTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .map(Optional::of)
        .recover(
            failure -> {
              if (failure instanceof RoomException refusal
                  && refusal.kind() == ErrorKind.NOT_FOUND) {
                return Future.failedFuture(failure);
              }
              LOG.debug("usage cannot be read", failure);
              return Future.succeededFuture(Optional.empty());
            })
        .map(usage -> Checks.limit(limit, amount, usage.orElse(null), entitlement, rules));
  }

  private Future<Usage> fromLedger(String user, String feature) {
    long now = clock.millis();
    LedgerPeriod period =
        LedgerPeriod.at(config.get().entitlements().catalogue().limit(feature).period(), now);
    return ledger
        .taken(user, feature, period, now)
        .map(taken -> new Usage(BigDecimal.valueOf(taken), period.resetsAtMs()));
  }

  /** Of a meter of accounts, what the user's account has used; of several accounts the most. */
  private Future<Usage> fromMeter(String user, String meter) {
    boolean ofAccount = meter(meter).filter(m -> m.subject() == MeterSubject.ACCOUNT).isPresent();
    if (!ofAccount) {
      return read(new ReadUsage(meter, user, false));
    }
    return entitlements
        .accountsOf(user)
        .compose(
            accounts -> {
              List<Future<Usage>> readings =
                  accounts.stream()
                      .map(account -> read(new ReadUsage(meter, account, true)))
                      .toList();
              return Future.all(readings)
                  .map(
                      all ->
                          readings.stream()
                              .map(Future::result)
                              .max(Comparator.comparing(Usage::used))
                              .orElse(new Usage(BigDecimal.ZERO, null)));
            });
  }

  private Future<Usage> read(ReadUsage question) {
    return bus.ask(Channels.READ_USAGE, question)
        .map((MeterUsage usage) -> new Usage(new BigDecimal(usage.value()), usage.resetsAtMs()));
  }

  /** The meter of the configuration that counts a limit. */
  private Optional<Meter> meter(String limit) {
    Stream<Meter> meters = config.get().meters().stream();
    return meters.filter(meter -> meter.key().equals(limit)).findFirst();
  }

  private static <T> Future<T> refuse(String code, String message) {
    return Future.failedFuture(new RoomException(ErrorKind.INVALID, code, message));
  }

  private static <T> Future<T> unknown() {
    return Future.failedFuture(
        new RoomException(
            ErrorKind.NOT_FOUND,
            "unknown_feature",
            "No tier has a feature or limit of this name."));
  }
}
