/** Stores telemetry durably and once, and counts usage. */
@NullMarked
package io.growthbus.ingest;

import org.jspecify.annotations.NullMarked;
