package io.growthbus.cluster;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The event loops of a node, clustered or not, and its metrics.
 *
 * @param cluster the membership, null when not clustered
 */
record NodeVertx(
    Vertx vertx, PrometheusMeterRegistry metrics, @Nullable HazelcastClusterManager cluster) {
  private static final long SETTLE_LOOK_MS = 100;

  /**
   * Begins to start them, beside whatever else the node starts; joining a cluster takes seconds.
   */
  static CompletableFuture<NodeVertx> begin(NodeSettings settings) {
    return CompletableFuture.supplyAsync(() -> builder(settings)).thenCompose(Builder::build);
  }

  /**
   * Completes once the bookkeeping of the event bus has its second copy on another member, at once
   * when not clustered. A member that is lost before that leaves stale routes behind, so a node
   * does not call itself ready, and the next one does not join, until then.
   */
  Future<Void> settled() {
    HazelcastClusterManager manager = cluster;
    if (manager == null) {
      return Future.succeededFuture();
    }
    return vertx
        .executeBlocking(
            () -> manager.getHazelcastInstance().getPartitionService().isClusterSafe(), false)
        .compose(
            safe ->
                safe
                    ? Future.succeededFuture()
                    : vertx.timer(SETTLE_LOOK_MS, TimeUnit.MILLISECONDS).compose(t -> settled()));
  }

  /**
   * Not ready once this member has left the cluster. Members that come and go make no other node
   * unready: during a rolling start none would be left to serve.
   */
  void addClusterCheck(Readiness readiness) {
    HazelcastClusterManager manager = cluster;
    if (manager != null) {
      readiness.add(
          "cluster",
          () ->
              Future.succeededFuture(
                  manager.isActive()
                      ? Optional.empty()
                      : Optional.of("this node is no member of the cluster")));
    }
  }

  private record Builder(
      VertxBuilder vertx,
      PrometheusMeterRegistry metrics,
      @Nullable HazelcastClusterManager cluster) {

    CompletableFuture<NodeVertx> build() {
      Future<Vertx> built =
          cluster == null ? Future.succeededFuture(vertx.build()) : vertx.buildClustered();
      return built
          .map(running -> new NodeVertx(running, metrics, cluster))
          .toCompletionStage()
          .toCompletableFuture();
    }
  }

  private static EventBusOptions messages(NodeSettings settings) {
    EventBusOptions options =
        new EventBusOptions().setHost(settings.clusterHost()).setPort(settings.busPort());
    if (!settings.busPublicHost().isEmpty()) {
      options.setClusterPublicHost(settings.busPublicHost());
    }
    if (settings.busPublicPort() > 0) {
      options.setClusterPublicPort(settings.busPublicPort());
    }
    return options;
  }

  private static Builder builder(NodeSettings settings) {
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    VertxOptions options =
        new VertxOptions()
            .setMetricsOptions(
                new MicrometerMetricsOptions()
                    .setEnabled(true)
                    .setJvmMetricsEnabled(true)
                    .setLabels(
                        EnumSet.of(
                            Label.HTTP_CODE,
                            Label.HTTP_METHOD,
                            Label.HTTP_ROUTE,
                            Label.POOL_TYPE,
                            Label.POOL_NAME)))
            .setEventBusOptions(messages(settings));
    HazelcastClusterManager cluster =
        settings.clustered() ? new HazelcastClusterManager(Topology.of(settings)) : null;
    VertxBuilder builder =
        Vertx.builder().with(options).withMetrics(new MicrometerMetricsFactory(metrics));
    return new Builder(
        cluster == null ? builder : builder.withClusterManager(cluster), metrics, cluster);
  }
}
