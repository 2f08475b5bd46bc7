/** Holds the flag definitions and evaluates them. */
@NullMarked
package io.growthbus.flags;

import org.jspecify.annotations.NullMarked;
