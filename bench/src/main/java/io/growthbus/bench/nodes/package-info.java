/** What several benchmarks start: clusters, members, bare peers, and sockets of browsers. */
@NullMarked
package io.growthbus.bench.nodes;

import org.jspecify.annotations.NullMarked;
