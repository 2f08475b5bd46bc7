package io.growthbus.openfeature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EventDetails;
import dev.openfeature.sdk.FlagEvaluationDetails;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.MutableTrackingEventDetails;
import dev.openfeature.sdk.NoOpProvider;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.ProviderState;
import dev.openfeature.sdk.exceptions.FatalError;
import dev.openfeature.sdk.exceptions.GeneralError;
import dev.openfeature.sdk.exceptions.OpenFeatureError;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.client.FlagClientOptions;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.FakeFlagsRoom;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The provider in the real SDK against the requirements of OpenFeature's specification on the life
 * cycle (1.7, 2.4 to 2.8) and on events (5), by number.
 *
 * <p>Not applicable: 1.7.2, 2.6.1 and 5.3.4 (context reconciliation), because the provider is for
 * servers, where the context comes with each evaluation. 2.8.2, 2.8.3 and 2.8.4 (a provider emits
 * the events of its life cycle itself), because this version of the SDK emits them on behalf of the
 * provider; that each is emitted exactly once is tested as 2.8.1. 1.7.1, 1.7.6, 1.7.8, 5.1.2,
 * 5.1.3, 5.2.1 to 5.2.7 and 5.3.3 are duties of the SDK; those that the provider could break are
 * tested.
 */
class ProviderLifecycleIT {
  private static final String DOMAIN = "tested";
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final GrowthbusOptions OFTEN =
      GrowthbusOptions.DEFAULTS.withClient(
          new FlagClientOptions(Duration.ofMillis(100), Duration.ofMillis(200)));

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = Bus.of(vertx);
  private final FakeFlagsRoom room = new FakeFlagsRoom(bus, Map.of("tier", "free"));
  private final OpenFeatureAPI api = OpenFeatureAPI.getInstance();
  private final Client client = api.getClient(DOMAIN);
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final List<EventDetails> details = new CopyOnWriteArrayList<>();
  private final GrowthbusProvider provider = new GrowthbusProvider(vertx, OFTEN);

  ProviderLifecycleIT() {
    room.put(7, TestFlags.all());
    client.onProviderReady(event -> note("ready", event));
    client.onProviderError(event -> note("error", event));
    client.onProviderStale(event -> note("stale", event));
    client.onProviderConfigurationChanged(event -> note("changed", event));
  }

  private void note(String event, EventDetails detail) {
    details.add(detail);
    events.add(event);
  }

  @AfterEach
  void stop() {
    api.shutdown();
    Await.result(vertx.close());
  }

  private void setAndWait() {
    api.setProviderAndWait(DOMAIN, provider);
  }

  private void awaitEvents(String... expected) {
    Await.until("the events come", SOON, () -> events.size() >= expected.length);
    assertThat(events).containsExactly(expected);
  }

  private boolean isOn() {
    return client.getBooleanValue("boolean", false, new ImmutableContext("ada"));
  }

  @Test
  void requirement_1_7_3_2_4_1_and_5_3_1_an_initialization_from_the_bus_makes_it_ready() {
    setAndWait();

    assertThat(client.getProviderState()).isEqualTo(ProviderState.READY);
    assertThat(isOn()).isTrue();
    awaitEvents("ready");
  }

  @Test
  void requirement_1_7_4_2_4_2_1_and_5_3_2_without_any_node_the_initialization_fails() {
    room.setAway(true);

    assertThatThrownBy(this::setAndWait)
        .isInstanceOf(OpenFeatureError.class)
        .hasMessageContaining("No node has answered");

    assertThat(client.getProviderState()).isEqualTo(ProviderState.ERROR);
    awaitEvents("error");
    FlagEvaluationDetails<Boolean> answer = client.getBooleanDetails("boolean", true);
    assertThat(answer.getValue()).as("the default of the code").isTrue();
    assertThat(answer.getErrorCode()).isEqualTo(ErrorCode.PROVIDER_NOT_READY);
  }

  @Test
  void requirement_5_3_2_and_5_3_5_after_a_failed_initialization_it_becomes_ready_by_itself() {
    room.setAway(true);
    assertThatThrownBy(this::setAndWait).isInstanceOf(OpenFeatureError.class);
    awaitEvents("error");

    room.setAway(false);

    awaitEvents("error", "ready");
    assertThat(client.getProviderState()).isEqualTo(ProviderState.READY);
    assertThat(isOn()).isTrue();
  }

  @Test
  void requirement_1_7_5_and_1_7_7_a_provider_that_was_shut_down_cannot_be_used_again() {
    provider.shutdown();

    assertThatThrownBy(this::setAndWait).isInstanceOf(FatalError.class);

    assertThat(client.getProviderState()).isEqualTo(ProviderState.FATAL);
    assertThat(client.getBooleanDetails("boolean", false).getErrorCode())
        .isEqualTo(ErrorCode.PROVIDER_FATAL);
  }

  @Test
  void requirement_2_4_2_1_an_event_loop_is_told_that_it_must_not_wait() {
    Promise<Void> onLoop = Promise.promise();
    vertx.runOnContext(
        turn -> {
          try {
            provider.initialize(new ImmutableContext());
            onLoop.complete();
          } catch (GeneralError e) {
            onLoop.fail(e);
          }
        });

    assertThat(Await.failure(onLoop.future())).hasMessageContaining("use setProvider");
    api.setProvider(DOMAIN, provider);
    awaitEvents("ready");
  }

  @Test
  void requirement_2_5_1_and_2_5_2_a_shutdown_ends_everything_that_it_had_begun() {
    setAndWait();
    var flags = provider.flagClient().orElseThrow();

    provider.shutdown();

    assertThat(flags.keys()).isEmpty();
    assertThat(provider.flagClient()).isEmpty();
    assertThat(
            provider
                .getBooleanEvaluation("boolean", false, new ImmutableContext("ada"))
                .getErrorCode())
        .isEqualTo(ErrorCode.PROVIDER_NOT_READY);
    assertThat(vertx.deploymentIDs()).isEmpty();
    awaitEvents("ready");
  }

  @Test
  void requirement_2_5_1_the_provider_that_another_one_replaces_is_shut_down_by_the_sdk() {
    setAndWait();

    api.setProviderAndWait(DOMAIN, new NoOpProvider());

    Await.until("it is shut down", SOON, () -> provider.flagClient().isEmpty());
    Await.until("its timers are gone", SOON, () -> vertx.deploymentIDs().isEmpty());
  }

  @Test
  void requirement_2_7_1_a_tracked_event_is_stored_as_one_of_the_user() {
    List<JsonObject> stored = new CopyOnWriteArrayList<>();
    Await.result(
        bus.answer(
            Channels.RECORD_EVENTS,
            order -> {
              stored.add(Buffer.buffer(order.body()).toJsonObject());
              assertThat(order.trusted()).isTrue();
              return Future.succeededFuture(new EventsRecorded(1, 0, List.of(), 0));
            }));
    setAndWait();

    client.track(
        "order_placed",
        new ImmutableContext("ada"),
        new MutableTrackingEventDetails(49.5).add("currency", "EUR"));

    Await.until("it is stored", SOON, () -> !stored.isEmpty());
    JsonObject event = stored.get(0).getJsonArray("batch").getJsonObject(0);
    assertThat(event.getString("name")).isEqualTo("order_placed");
    assertThat(event.getString("user_id")).isEqualTo("ada");
    assertThat(event.getString("event_id")).hasSize(36);
    assertThat(event.getLong("timestamp")).isPositive();
    assertThat(event.getJsonObject("properties"))
        .isEqualTo(new JsonObject().put("currency", "EUR").put("value", 49.5));
  }

  @Test
  void requirement_2_7_1_what_is_tracked_is_sent_before_the_shutdown_ends() {
    Promise<EventsRecorded> answer = Promise.promise();
    Await.result(
        bus.answer(
            Channels.RECORD_EVENTS,
            order -> {
              vertx.setTimer(100, later -> answer.complete(new EventsRecorded(1, 0, List.of(), 0)));
              return answer.future();
            }));
    setAndWait();

    client.track("page_left", new ImmutableContext("ada"));
    provider.shutdown();

    assertThat(answer.future().isComplete()).isTrue();
  }

  @Test
  void requirement_2_8_1_and_5_3_5_each_change_of_state_is_told_once_and_in_order() {
    setAndWait();
    awaitEvents("ready");

    room.setAway(true);
    awaitEvents("ready", "stale");
    assertThat(client.getProviderState()).isEqualTo(ProviderState.STALE);
    assertThat(isOn()).as("the last flags stay in force").isTrue();

    room.setAway(false);
    awaitEvents("ready", "stale", "ready");
    assertThat(client.getProviderState()).isEqualTo(ProviderState.READY);
  }

  @Test
  void requirement_2_8_1_a_vertx_that_ends_under_the_provider_is_fatal() {
    setAndWait();
    awaitEvents("ready");

    Await.result(vertx.close());

    awaitEvents("ready", "error");
    assertThat(client.getProviderState()).isEqualTo(ProviderState.FATAL);
  }

  @Test
  void requirement_5_1_1_a_change_is_told_with_the_flags_that_changed() {
    setAndWait();
    awaitEvents("ready");

    room.change(8, TestFlags.withBooleanAt(0));

    awaitEvents("ready", "changed");
    assertThat(details.get(1).getFlagsChanged()).containsExactly("boolean");
    assertThat(details.get(1).getEventMetadata().getLong("revision")).isEqualTo(8);
    assertThat(details.get(1).getProviderName()).isEqualTo("growthbus");
    assertThat(isOn()).isFalse();
    assertThat(client.getProviderState()).isEqualTo(ProviderState.READY);
  }

  @Test
  void requirement_5_1_2_and_5_1_3_handlers_of_the_provider_run_and_no_others() {
    List<String> everywhere = new CopyOnWriteArrayList<>();
    List<String> elsewhere = new CopyOnWriteArrayList<>();
    api.onProviderConfigurationChanged(event -> everywhere.add("changed"));
    api.setProviderAndWait("other", new NoOpProvider());
    api.getClient("other").onProviderConfigurationChanged(event -> elsewhere.add("changed"));
    setAndWait();

    room.change(8, TestFlags.withBooleanAt(0));

    awaitEvents("ready", "changed");
    Await.until("that of the API runs", SOON, () -> everywhere.size() == 1);
    assertThat(elsewhere).isEmpty();
  }

  @Test
  void requirement_5_1_4_an_error_says_what_is_wrong() {
    room.setAway(true);
    assertThatThrownBy(this::setAndWait).isInstanceOf(OpenFeatureError.class);

    awaitEvents("error");
    assertThat(details.get(0).getMessage()).contains("goes on trying");
  }
}
