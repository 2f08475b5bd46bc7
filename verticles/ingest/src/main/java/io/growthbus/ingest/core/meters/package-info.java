/** What a meter counts, decided with plain values. */
@NullMarked
package io.growthbus.ingest.core.meters;

import org.jspecify.annotations.NullMarked;
