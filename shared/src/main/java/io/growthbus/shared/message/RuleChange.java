package io.growthbus.shared.message;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What came of an order about a rule of activation.
 *
 * @param revision revision of all rules after it
 * @param changed false when it was so already
 * @param rule the rule after it; null when it is removed
 * @param nodes nodes that have said that they act by this revision, or a later one
 * @param pending nodes that were heard of lately and have not said so yet
 * @param appliedAtMs when each of {@code nodes} was heard to, ms since the epoch
 * @param warnings what is doubtful about it, for people
 */
public record RuleChange(
    long revision,
    boolean changed,
    @Nullable RuleState rule,
    List<String> nodes,
    List<String> pending,
    Map<String, Long> appliedAtMs,
    List<String> warnings) {}
