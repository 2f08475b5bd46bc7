/** Definitions and their revision in PostgreSQL. */
@NullMarked
package io.growthbus.flags.store;

import org.jspecify.annotations.NullMarked;
