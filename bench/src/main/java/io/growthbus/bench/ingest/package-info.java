/**
 * Benchmark {@code ingest}: durable events per second over HTTP, beside {@code COPY}, the bare
 * statement and two servers as one writes them with Node.
 */
@NullMarked
package io.growthbus.bench.ingest;

import org.jspecify.annotations.NullMarked;
