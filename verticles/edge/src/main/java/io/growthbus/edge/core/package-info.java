/** Who may do what, and what a socket may say; plain decisions. */
@NullMarked
package io.growthbus.edge.core;

import org.jspecify.annotations.NullMarked;
