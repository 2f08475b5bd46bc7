/** Benchmarks of the product, each beside a peer or a limit that is measured in the same run. */
@NullMarked
package io.growthbus.bench;

import org.jspecify.annotations.NullMarked;
