/** The channels between rooms and the one codec that carries their messages. */
@NullMarked
package io.growthbus.shared.bus;

import org.jspecify.annotations.NullMarked;
