package io.growthbus.shared.message;

import java.util.List;

/**
 * Definitions, sorted by kind and key.
 *
 * @param revision revision of all definitions of flags
 */
public record DefinitionList(long revision, List<DefinitionItem> items) {}
