/** Values and refusals that every room understands; plain Java only. */
@NullMarked
package io.growthbus.shared.domain;

import org.jspecify.annotations.NullMarked;
