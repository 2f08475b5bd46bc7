/** HTTP and sockets: routes, credentials, problem bodies. Knows no database. */
@NullMarked
package io.growthbus.edge;

import org.jspecify.annotations.NullMarked;
