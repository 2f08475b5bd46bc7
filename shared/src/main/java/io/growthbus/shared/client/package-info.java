/** Flags inside of any service that joins the cluster with this jar. */
@NullMarked
package io.growthbus.shared.client;

import org.jspecify.annotations.NullMarked;
