/** Who changed what: the one table of all rooms. */
@NullMarked
package io.growthbus.shared.audit;

import org.jspecify.annotations.NullMarked;
