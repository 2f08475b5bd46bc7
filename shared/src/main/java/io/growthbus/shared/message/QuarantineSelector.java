package io.growthbus.shared.message;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Names kept events; what is null names all.
 *
 * @param event name of the event
 * @param code why it was refused
 * @param pointer where in the event that is
 * @param ids of kept events
 */
public record QuarantineSelector(
    @Nullable String event,
    @Nullable String code,
    @Nullable String pointer,
    @Nullable List<Long> ids) {}
