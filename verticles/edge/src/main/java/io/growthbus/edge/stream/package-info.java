/** Server-sent events that tell clients to ask for their flags again. */
@NullMarked
package io.growthbus.edge.stream;

import org.jspecify.annotations.NullMarked;
