/** Webhook inbox, links and subscriptions in PostgreSQL. */
@NullMarked
package io.growthbus.entitlements.store;

import org.jspecify.annotations.NullMarked;
