/** Who may do what, what a socket may say, what a call of Segment means; plain decisions. */
@NullMarked
package io.growthbus.edge.core;

import org.jspecify.annotations.NullMarked;
