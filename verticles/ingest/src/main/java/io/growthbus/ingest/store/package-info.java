/** Events and usage counters in PostgreSQL. */
@NullMarked
package io.growthbus.ingest.store;

import org.jspecify.annotations.NullMarked;
