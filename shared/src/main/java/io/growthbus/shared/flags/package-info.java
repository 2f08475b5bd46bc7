/** The flag core: pure evaluation, the same answer on every surface. */
@NullMarked
package io.growthbus.shared.flags;

import org.jspecify.annotations.NullMarked;
