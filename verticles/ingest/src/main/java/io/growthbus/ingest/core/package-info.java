/** What makes an event acceptable; plain decisions. */
@NullMarked
package io.growthbus.ingest.core;

import org.jspecify.annotations.NullMarked;
