/** What a change of the definitions amounts to; plain decisions. */
@NullMarked
package io.growthbus.flags.core;

import org.jspecify.annotations.NullMarked;
