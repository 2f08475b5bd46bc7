package io.growthbus.ingest;

import io.growthbus.ingest.core.RefusedEvent;

/**
 * An event for the quarantine.
 *
 * @param keep false: only that it was refused is counted
 */
record Refusal(RefusedEvent event, boolean keep) {}
