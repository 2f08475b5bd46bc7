package io.growthbus.shared.message;

import java.util.List;

/** Fact: these counters have advanced and are committed. */
public record UsageAdvanced(List<MeterReading> readings) {}
