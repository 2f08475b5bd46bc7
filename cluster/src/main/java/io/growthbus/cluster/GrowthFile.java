package io.growthbus.cluster;

import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches {@code growth.json} while the node runs. A changed file is checked as a whole first; a
 * bad one changes nothing and is reported once.
 */
final class GrowthFile {
  private static final Logger LOG = LoggerFactory.getLogger(GrowthFile.class);
  private static final String TEXT = "text";
  private static final long SCAN_MS = 1_000;

  private final ConfigRetriever retriever;
  private final Live<GrowthConfig> live;

  GrowthFile(Vertx vertx, Path file, Live<GrowthConfig> live) {
    this.live = live;
    // Raw, because the reader reports duplicate keys and line numbers, which a parsed object hides.
    ConfigStoreOptions store =
        new ConfigStoreOptions()
            .setType("file")
            .setFormat("raw")
            .setConfig(
                new JsonObject()
                    .put("path", file.toAbsolutePath().toString())
                    .put("raw.key", TEXT)
                    .put("raw.type", "string"));
    this.retriever =
        ConfigRetriever.create(
            vertx,
            new ConfigRetrieverOptions()
                .setIncludeDefaultStores(false)
                .setScanPeriod(SCAN_MS)
                .addStore(store));
  }

  /** Begins to watch; fails when the file cannot be read. */
  Future<Void> watch() {
    retriever.listen(change -> apply(change.getNewConfiguration().getString(TEXT, "")));
    return retriever.getConfig().mapEmpty();
  }

  private void apply(String text) {
    Problems problems = new Problems();
    GrowthConfig next = GrowthConfigReader.read(text, problems);
    if (!problems.isEmpty()) {
      LOG.error(
          "growth.json has problems, the former one stays in force:\n  {}",
          String.join("\n  ", problems.errors()));
    } else if (!next.equals(live.get())) {
      problems.warnings().forEach(LOG::warn);
      LOG.info("growth.json has changed and is in force");
      live.set(next);
    }
  }

  void close() {
    retriever.close();
  }
}
