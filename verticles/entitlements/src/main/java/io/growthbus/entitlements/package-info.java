/** Applies billing webhooks and answers what a user may use. */
@NullMarked
package io.growthbus.entitlements;

import org.jspecify.annotations.NullMarked;
