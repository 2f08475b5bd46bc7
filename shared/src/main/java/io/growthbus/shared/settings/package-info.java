/** Reads an operator's settings: properties file below, environment above, all problems at once. */
@NullMarked
package io.growthbus.shared.settings;

import org.jspecify.annotations.NullMarked;
