/** Evaluation of flags inside of a JVM: what is asked, how it is measured, and who is compared. */
@NullMarked
package io.growthbus.bench.flags.peer;

import org.jspecify.annotations.NullMarked;
