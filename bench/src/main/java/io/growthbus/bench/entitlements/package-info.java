/**
 * Benchmark {@code entitlements}: look-ups from memory, and how soon a change that billing reports
 * is known everywhere, beside the bare bus and a bare server.
 */
@NullMarked
package io.growthbus.bench.entitlements;

import org.jspecify.annotations.NullMarked;
