/** Billing systems, a small file each: signatures, what their events say, what can be asked. */
@NullMarked
package io.growthbus.entitlements.provider;

import org.jspecify.annotations.NullMarked;
