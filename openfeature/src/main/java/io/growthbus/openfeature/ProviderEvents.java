package io.growthbus.openfeature;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.ImmutableMetadata;
import dev.openfeature.sdk.ProviderEvent;
import dev.openfeature.sdk.ProviderEventDetails;
import io.growthbus.shared.client.FlagClientState;
import io.growthbus.shared.client.FlagListener;
import java.util.List;
import java.util.SortedSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Emits what happens to the flags as events of a provider, one after the other: the SDK hands each
 * to another thread and keeps no order by itself.
 */
final class ProviderEvents implements FlagListener {
  private final GrowthbusProvider provider;
  private final ExecutorService order =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "growthbus-openfeature-events");
            thread.setDaemon(true);
            return thread;
          });

  ProviderEvents(GrowthbusProvider provider) {
    this.provider = provider;
  }

  @Override
  public void stateChanged(FlagClientState state) {
    switch (state) {
      case READY -> emit(ProviderEvent.PROVIDER_READY, ProviderEventDetails.builder().build());
      case STALE ->
          emit(
              ProviderEvent.PROVIDER_STALE,
              ProviderEventDetails.builder()
                  .message("No node answers; the last flags stay in force.")
                  .build());
      case NOT_READY ->
          emit(
              ProviderEvent.PROVIDER_ERROR,
              ProviderEventDetails.builder()
                  .errorCode(ErrorCode.PROVIDER_FATAL)
                  .message("The Vert.x of the provider has ended; make a new provider.")
                  .build());
    }
  }

  @Override
  public void flagsChanged(long revision, SortedSet<String> keys) {
    emit(
        ProviderEvent.PROVIDER_CONFIGURATION_CHANGED,
        ProviderEventDetails.builder()
            .flagsChanged(List.copyOf(keys))
            .message("revision " + revision)
            .eventMetadata(ImmutableMetadata.builder().addLong("revision", revision).build())
            .build());
  }

  /** Emits nothing any more, after what is still to be emitted. */
  void close() {
    order.shutdown();
  }

  private void emit(ProviderEvent event, ProviderEventDetails details) {
    order.execute(() -> provider.emit(event, details).await());
  }
}
