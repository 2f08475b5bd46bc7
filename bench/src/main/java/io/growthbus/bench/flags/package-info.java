/**
 * Benchmark of flags: evaluation in the JVM, over HTTP and over the clustered bus, and how long a
 * change takes to reach every node, each beside a peer or a limit in the same run.
 */
@NullMarked
package io.growthbus.bench.flags;

import org.jspecify.annotations.NullMarked;
