package io.growthbus.shared.message;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of the audit, newest first.
 *
 * @param next {@code before} of the next page; null after the last one
 */
public record AuditPage(List<AuditEntry> items, @Nullable Long next) {}
