/** Signatures, the projection of billing events, and the grace rules; plain decisions. */
@NullMarked
package io.growthbus.entitlements.core;

import org.jspecify.annotations.NullMarked;
