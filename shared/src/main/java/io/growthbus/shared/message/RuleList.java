package io.growthbus.shared.message;

import java.util.List;

/**
 * Rules of activation, sorted by key.
 *
 * @param revision revision of all rules
 */
public record RuleList(long revision, List<RuleState> rules) {}
