package io.growthbus.shared.message;

import io.growthbus.shared.flags.FlagDefinition;
import java.util.List;

/** All definitions of one revision, sorted by key. */
public record FlagSet(long revision, List<FlagDefinition> flags) {}
