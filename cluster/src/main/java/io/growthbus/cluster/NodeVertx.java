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
import org.jspecify.annotations.Nullable;

/**
 * The event loops of a node, clustered or not, and its metrics.
 *
 * @param cluster the membership, null when not clustered
 */
record NodeVertx(
    Vertx vertx, PrometheusMeterRegistry metrics, @Nullable HazelcastClusterManager cluster) {

  /**
   * Begins to start them, beside whatever else the node starts; joining a cluster takes seconds.
   */
  static CompletableFuture<NodeVertx> begin(NodeSettings settings) {
    return CompletableFuture.supplyAsync(() -> builder(settings)).thenCompose(Builder::build);
  }

  /** Not ready while partitions of the cluster's bookkeeping have no second copy. */
  void addClusterCheck(Readiness readiness) {
    HazelcastClusterManager manager = cluster;
    if (manager != null) {
      readiness.add(
          "cluster",
          () ->
              vertx.executeBlocking(
                  () ->
                      manager.isActive()
                              && manager
                                  .getHazelcastInstance()
                                  .getPartitionService()
                                  .isClusterSafe()
                          ? Optional.empty()
                          : Optional.of("the cluster is not in a safe state"),
                  false));
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
            .setEventBusOptions(new EventBusOptions().setHost(settings.clusterHost()));
    HazelcastClusterManager cluster =
        settings.clustered() ? new HazelcastClusterManager(Topology.of(settings)) : null;
    VertxBuilder builder =
        Vertx.builder().with(options).withMetrics(new MicrometerMetricsFactory(metrics));
    return new Builder(
        cluster == null ? builder : builder.withClusterManager(cluster), metrics, cluster);
  }
}
