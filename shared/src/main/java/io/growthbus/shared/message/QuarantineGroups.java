package io.growthbus.shared.message;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of reasons, by event, code, pointer and version.
 *
 * @param next cursor for the following page, null when this is the last
 */
public record QuarantineGroups(List<QuarantineGroup> items, @Nullable String next) {}
