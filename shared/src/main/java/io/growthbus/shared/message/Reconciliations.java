package io.growthbus.shared.message;

import java.util.List;

/** Comparisons with billing systems, newest first. */
public record Reconciliations(List<ReconciliationRun> runs) {}
