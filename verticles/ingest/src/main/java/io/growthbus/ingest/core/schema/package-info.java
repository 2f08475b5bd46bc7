/** Decisions about contracts of events: versions, compatibility, violations, generated types. */
@NullMarked
package io.growthbus.ingest.core.schema;

import org.jspecify.annotations.NullMarked;
