/**
 * The front door: commands, configuration, the embedded database, migrations, Hazelcast, and the
 * start and stop of a node. The only place that knows every room.
 */
@NullMarked
package io.growthbus.cluster;

import org.jspecify.annotations.NullMarked;
