/** Watches counters and raises upgrade prompts, once. */
@NullMarked
package io.growthbus.activation;

import org.jspecify.annotations.NullMarked;
