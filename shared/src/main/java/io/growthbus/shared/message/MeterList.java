package io.growthbus.shared.message;

import java.util.List;

/**
 * Meters, sorted by key.
 *
 * @param revision revision of all definitions
 */
public record MeterList(int revision, List<MeterState> meters) {}
