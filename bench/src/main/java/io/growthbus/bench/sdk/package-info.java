/** Benchmark of the SDK of pages: its evaluator in Node and in a browser, and its size. */
@NullMarked
package io.growthbus.bench.sdk;

import org.jspecify.annotations.NullMarked;
