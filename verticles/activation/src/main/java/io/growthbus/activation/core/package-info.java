/** Who has crossed what, who is to be prompted, and the life of a prompt; plain decisions. */
@NullMarked
package io.growthbus.activation.core;

import org.jspecify.annotations.NullMarked;
