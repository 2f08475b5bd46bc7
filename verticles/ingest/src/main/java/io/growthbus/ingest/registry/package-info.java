/** The registry of contracts: compiles, publishes and applies them. */
@NullMarked
package io.growthbus.ingest.registry;

import org.jspecify.annotations.NullMarked;
