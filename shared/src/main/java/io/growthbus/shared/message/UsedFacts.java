package io.growthbus.shared.message;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which committed state decided an answer.
 *
 * @param entitlementRevision revision of the entitlement whose tier or limits were looked at; null
 *     when they were not
 * @param usage values of the meters that were looked at, by key; null when none was
 */
public record UsedFacts(@Nullable Long entitlementRevision, @Nullable Map<String, Number> usage) {}
