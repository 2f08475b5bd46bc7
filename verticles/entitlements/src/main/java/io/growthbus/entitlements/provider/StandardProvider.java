package io.growthbus.entitlements.provider;

import static io.growthbus.entitlements.provider.JsonFields.moment;
import static io.growthbus.entitlements.provider.JsonFields.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.BillingEvent.SubscriptionReported;
import io.growthbus.entitlements.core.BillingEvent.Unrelated;
import io.growthbus.entitlements.core.StandardSignature;
import io.growthbus.entitlements.core.Terms;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Any sender of Standard Webhooks: {@code {"type": "entitlement.updated", "timestamp": ISO 8601,
 * "data": {"user_id" or "account_id", "tier", "status", "limits"?, "features"?, "period_end"?,
 * "version"?}}}.
 *
 * <p>Such a sender says what a user or an account has, not which subscriptions there are: that is
 * one subscription here. Ordered by {@code version} where there is one, else by {@code timestamp}.
 */
public final class StandardProvider implements BillingProvider {
  /** Its name. */
  public static final String NAME = "standard";

  private static final String UPDATED = "entitlement.updated";
  private static final int MOST_TERMS = 200;

  private final LongFunction<List<byte[]>> keys;

  /**
   * @param secrets those that are valid at a moment, ms since the epoch
   */
  public StandardProvider(LongFunction<List<String>> secrets) {
    this.keys =
        nowMs ->
            secrets.apply(nowMs).stream()
                .map(StandardSignature::key)
                .flatMap(Optional::stream)
                .toList();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean isSigned(Map<String, String> headers, byte[] body, long nowMs) {
    return StandardSignature.isValid(headers, body, keys.apply(nowMs), nowMs / 1000);
  }

  @Override
  public @Nullable String deliveryId(Map<String, String> headers) {
    return headers.get(StandardSignature.ID);
  }

  @Override
  public Optional<BillingEvent> read(
      @Nullable String deliveryId, JsonNode body, Entitlements config) {
    String type = text(body.path("type"));
    Long at = moment(body.path("timestamp"));
    if (deliveryId == null || !JsonFields.isName(type) || type == null) {
      return Optional.empty();
    }
    if (!type.equals(UPDATED)) {
      return Optional.of(new Unrelated(deliveryId, at == null ? 0 : at, null, null));
    }
    JsonNode data = body.path("data");
    String user = text(data.path("user_id"));
    String account = text(data.path("account_id"));
    String status = text(data.path("status"));
    if (at == null
        || status == null
        || (user == null) == (account == null)
        || !isShort(user)
        || !isShort(account)) {
      return Optional.empty();
    }
    return Optional.of(updated(deliveryId, at, data, user, account, status));
  }

  private static boolean isShort(@Nullable String id) {
    return id == null || id.length() <= 200;
  }

  private static BillingEvent updated(
      String deliveryId,
      long at,
      JsonNode data,
      @Nullable String user,
      @Nullable String account,
      String status) {
    JsonNode version = data.path("version");
    Long end = moment(data.path("period_end"));
    return new SubscriptionReported(
        deliveryId,
        at,
        version.isIntegralNumber() && version.canConvertToLong()
            ? Math.max(0, version.longValue())
            : -1,
        1,
        user == null ? "account:" + account : "user:" + user,
        null,
        user,
        account,
        text(data.path("tier")),
        terms(data),
        status,
        end,
        null,
        null,
        data.path("cancel_at_period_end").asBoolean(false),
        false);
  }

  /** Numbers are limits, {@code "unlimited"} and null lift one; anything else says nothing. */
  private static Terms terms(JsonNode data) {
    Map<String, Long> limits = new HashMap<>();
    List<String> unlimited = new ArrayList<>();
    for (Map.Entry<String, JsonNode> limit : data.path("limits").properties()) {
      JsonNode value = limit.getValue();
      if (limits.size() + unlimited.size() == MOST_TERMS) {
        break;
      }
      if (value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0) {
        limits.put(limit.getKey(), value.longValue());
      } else if (value.isNull() || "unlimited".equals(value.textValue())) {
        unlimited.add(limit.getKey());
      }
    }
    return new Terms(limits, unlimited, features(data.path("features")));
  }

  private static @Nullable List<String> features(JsonNode features) {
    if (!features.isArray()) {
      return null;
    }
    List<String> keys = new ArrayList<>();
    for (JsonNode feature : features) {
      String key = text(feature);
      if (key != null && JsonFields.isName(key) && keys.size() < MOST_TERMS) {
        keys.add(key);
      }
    }
    return keys;
  }
}
