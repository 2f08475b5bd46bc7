/** Access to PostgreSQL: pools, roles of the rooms, and which failures are worth a retry. */
@NullMarked
package io.growthbus.shared.postgres;

import org.jspecify.annotations.NullMarked;
