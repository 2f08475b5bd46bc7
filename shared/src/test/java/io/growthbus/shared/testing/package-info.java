/** Fixtures of the tests of all rooms: a real PostgreSQL, a bus, waiting for a condition. */
@NullMarked
package io.growthbus.shared.testing;

import org.jspecify.annotations.NullMarked;
