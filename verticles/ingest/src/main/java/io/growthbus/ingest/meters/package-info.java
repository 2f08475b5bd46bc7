/** Meters: their definitions, and what keeps their counters complete and bounded. */
@NullMarked
package io.growthbus.ingest.meters;

import org.jspecify.annotations.NullMarked;
