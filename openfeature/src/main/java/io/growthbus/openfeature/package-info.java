/** Provider of OpenFeature over the flags of the cluster. */
@NullMarked
package io.growthbus.openfeature;

import org.jspecify.annotations.NullMarked;
