/**
 * Benchmark {@code prompts}: from an event to the prompt on a page of another node, the push alone
 * beside other servers of sockets, and what a node costs that has nothing to do.
 */
@NullMarked
package io.growthbus.bench.prompts;

import org.jspecify.annotations.NullMarked;
