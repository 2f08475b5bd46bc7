/** The browser socket: the bridge's frames over SockJS, without exposing the bus. */
@NullMarked
package io.growthbus.edge.socket;

import org.jspecify.annotations.NullMarked;
