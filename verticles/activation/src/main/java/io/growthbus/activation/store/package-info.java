/** Crossings and prompts in PostgreSQL. */
@NullMarked
package io.growthbus.activation.store;

import org.jspecify.annotations.NullMarked;
